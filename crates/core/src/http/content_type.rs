//! Text that is fit to stand in a response header field.

use std::sync::Arc;

/// Whether `text` can be sent as a header field value as it is: not empty, nothing but spaces and
/// visible ASCII.
///
/// Narrower than RFC 9110 section 5.5, which also allows tabs and bytes beyond ASCII: nothing the
/// cache sends needs them, and hosts disagree on their encoding. CR, LF and NUL would let a value
/// end its line and write fields of its own.
pub(super) fn is_field_value(text: &str) -> bool {
    !text.is_empty() && text.bytes().all(|byte| matches!(byte, b' '..=b'~'))
}

/// A media type that can be sent as `Content-Type` (RFC 9110 section 8.3). Cloning shares the
/// text.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct ContentType(Arc<str>);

impl ContentType {
    /// Accepts a media type that cannot break the response head. Its meaning is not checked: it
    /// was Strapi's answer before it was ours.
    pub fn parse(text: &str) -> Result<ContentType, ContentTypeError> {
        if text.trim().is_empty() {
            Err(ContentTypeError::Empty)
        } else if is_field_value(text) {
            Ok(ContentType(text.into()))
        } else {
            Err(ContentTypeError::Unprintable)
        }
    }

    /// The media type as it was given.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

/// Why a text is not a [`ContentType`].
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, thiserror::Error)]
pub enum ContentTypeError {
    /// There is nothing but white space in it.
    #[error("the content type is empty")]
    Empty,
    /// It holds a control character or something beyond ASCII.
    #[error("the content type holds a control character or a character beyond ASCII")]
    Unprintable,
}

impl ContentTypeError {
    /// The name of the error in logs and metrics.
    pub fn as_str(self) -> &'static str {
        match self {
            ContentTypeError::Empty => "content_type_empty",
            ContentTypeError::Unprintable => "content_type_unprintable",
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn media_types_are_kept_as_given() {
        for text in [
            "application/json",
            "application/json; charset=utf-8",
            "multipart/mixed; boundary=\"a b\"",
        ] {
            assert_eq!(
                ContentType::parse(text).map(|it| it.as_str().to_owned()),
                Ok(text.into())
            );
        }
    }

    #[test]
    fn what_could_break_the_head_is_refused() {
        for text in [
            "text/html\r\nSet-Cookie: a=b",
            "text/html\n",
            "text/html\r",
            "text/\0html",
            "text/html;\tcharset=utf-8",
            "text/html\u{7f}",
            "text/html\u{85}",
            "text/\u{e9}",
            "text/\u{2028}html",
        ] {
            assert_eq!(
                ContentType::parse(text),
                Err(ContentTypeError::Unprintable),
                "{text:?}"
            );
        }
    }

    #[test]
    fn an_empty_type_is_refused() {
        for text in ["", " ", "\r\n"] {
            assert_eq!(
                ContentType::parse(text),
                Err(ContentTypeError::Empty),
                "{text:?}"
            );
        }
    }

    #[test]
    fn errors_have_names() {
        assert_eq!(ContentTypeError::Empty.as_str(), "content_type_empty");
        assert_eq!(
            ContentTypeError::Unprintable.as_str(),
            "content_type_unprintable"
        );
    }
}
