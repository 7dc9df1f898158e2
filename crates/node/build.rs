//! Sets up linking against Node's symbols.

fn main() {
    napi_build::setup();
}
