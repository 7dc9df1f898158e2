//! The request methods the cache answers.

/// The value of the `Allow` header field (RFC 9110 section 10.2.1): every [`Method`].
pub const ALLOW: &str = "GET, HEAD, OPTIONS";

/// A request method the cache knows. Anything else is not the cache's business and passes through.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Method {
    /// The head and the body (RFC 9110 section 9.3.1).
    Get,
    /// The same head as for `GET`, no body (RFC 9110 section 9.3.2).
    Head,
    /// What the resource allows (RFC 9110 section 9.3.7). Conditions do not apply to it
    /// (section 13.2.1).
    Options,
}

impl Method {
    /// Reads a method from a request line. Methods are case-sensitive (RFC 9110 section 9.1), so
    /// `get` is some other, unknown method.
    pub fn parse(name: &str) -> Option<Method> {
        match name {
            "GET" => Some(Method::Get),
            "HEAD" => Some(Method::Head),
            "OPTIONS" => Some(Method::Options),
            _ => None,
        }
    }

    /// The method as it stands in a request line; also its name in logs and metrics.
    pub fn as_str(self) -> &'static str {
        match self {
            Method::Get => "GET",
            Method::Head => "HEAD",
            Method::Options => "OPTIONS",
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_allowed_method_is_read_back_as_itself() {
        for name in ALLOW.split(", ") {
            assert_eq!(Method::parse(name).map(Method::as_str), Some(name));
        }
    }

    #[test]
    fn other_spellings_and_other_methods_are_not_ours() {
        for name in [
            "get", "Get", " GET", "GET ", "", "POST", "PUT", "DELETE", "GETS", "PURGE",
        ] {
            assert_eq!(Method::parse(name), None, "{name:?}");
        }
    }
}
