//! Bytes across the boundary. The only file with `unsafe`: N-API's conversion traits are unsafe to call and to
//! implement.
#![allow(unsafe_code, reason = "N-API's conversion traits are unsafe")]

use bytes::Bytes;
use napi::bindgen_prelude::{
    BufferSlice, Either, FromNapiValue, ToNapiValue, TypeName, ValidateNapiValue,
};
use napi::{Env, Result, ValueType, sys};

/// Bytes that JavaScript gives: a Buffer, or a string as UTF-8. Copied on the JavaScript thread, so that nothing of
/// JavaScript's memory is held on another.
pub struct Payload(pub(crate) Bytes);

impl TypeName for Payload {
    fn type_name() -> &'static str {
        "Buffer | string"
    }

    fn value_type() -> ValueType {
        ValueType::Object
    }
}

impl ValidateNapiValue for Payload {}

impl FromNapiValue for Payload {
    unsafe fn from_napi_value(env: sys::napi_env, value: sys::napi_value) -> Result<Self> {
        // SAFETY: `env` and `value` are the ones N-API gave for this call, and are passed on unchanged.
        let either = unsafe { Either::<String, BufferSlice<'_>>::from_napi_value(env, value)? };
        Ok(Self(match either {
            Either::A(text) => Bytes::from(text),
            Either::B(buffer) => Bytes::copy_from_slice(&buffer),
        }))
    }
}

/// Bytes that JavaScript gets, as a Buffer of its own: what it does with it cannot reach the cache.
pub struct Body(pub(crate) Bytes);

impl TypeName for Body {
    fn type_name() -> &'static str {
        "Buffer"
    }

    fn value_type() -> ValueType {
        ValueType::Object
    }
}

impl ToNapiValue for Body {
    unsafe fn to_napi_value(env: sys::napi_env, value: Self) -> Result<sys::napi_value> {
        let buffer = BufferSlice::copy_from(&Env::from_raw(env), &value.0)?;
        // SAFETY: `env` is the one N-API gave for this call, and the buffer was just made in it.
        unsafe { BufferSlice::to_napi_value(env, buffer) }
    }
}
