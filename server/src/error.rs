//! An error is an answer: RFC 9457 problems with a stable code, or an internal error that says nothing but its request id.

use std::fmt::Display;

use axum::http::header::{CONTENT_TYPE, RETRY_AFTER, WWW_AUTHENTICATE};
use axum::http::{HeaderValue, StatusCode};
use axum::response::{IntoResponse, Response};
use serde::Serialize;
use utoipa::ToSchema;

/// What a handler returns.
pub type Result<T, E = Error> = std::result::Result<T, E>;

macro_rules! codes {
    ($($(#[$doc:meta])* $name:ident = $text:literal, $status:ident, $title:literal;)+) => {
        /// What went wrong, as a word that never changes: programs decide by it, and the web app words it.
        #[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, ToSchema)]
        // utoipa does not see a rename that a macro fills in.
        #[schema(rename_all = "snake_case")]
        pub enum Code {
            $($(#[$doc])* #[serde(rename = $text)] $name,)+
        }

        impl Code {
            const ALL: &[Self] = &[$(Self::$name),+];

            /// The code as it stands in the answer.
            pub const fn as_str(self) -> &'static str {
                match self { $(Self::$name => $text,)+ }
            }

            /// The HTTP status that this code is answered with.
            pub const fn status(self) -> StatusCode {
                match self { $(Self::$name => StatusCode::$status,)+ }
            }

            const fn title(self) -> &'static str {
                match self { $(Self::$name => $title,)+ }
            }
        }
    };
}

codes! {
    MalformedJson = "malformed_json", BAD_REQUEST, "The body is not JSON";
    UnknownField = "unknown_field", UNPROCESSABLE_ENTITY, "There is no such field";
    MissingField = "missing_field", UNPROCESSABLE_ENTITY, "A field is missing";
    WrongType = "wrong_type", UNPROCESSABLE_ENTITY, "A field is of another type";
    InvalidValue = "invalid_value", UNPROCESSABLE_ENTITY, "A field has a value that it cannot have";
    AmountZero = "amount_zero", UNPROCESSABLE_ENTITY, "The amount is zero";
    AmountOutOfRange = "amount_out_of_range", UNPROCESSABLE_ENTITY, "The amount is beyond what can be counted exactly";
    AmountDecimals = "amount_decimals", UNPROCESSABLE_ENTITY, "The amount has more decimals than its currency";
    CurrencyUnknown = "currency_unknown", UNPROCESSABLE_ENTITY, "There is no such currency in ISO 4217";
    RateRequired = "rate_required", UNPROCESSABLE_ENTITY, "An amount in another currency needs its rate";
    RateInvalid = "rate_invalid", UNPROCESSABLE_ENTITY, "The rate is not a positive decimal number";
    DateInvalid = "date_invalid", UNPROCESSABLE_ENTITY, "There is no such date";
    DateOutOfRange = "date_out_of_range", UNPROCESSABLE_ENTITY, "The date is too far from today";
    TextEmpty = "text_empty", UNPROCESSABLE_ENTITY, "The text is empty";
    TextTooLong = "text_too_long", UNPROCESSABLE_ENTITY, "The text is too long";
    TextControlCharacters = "text_control_characters", UNPROCESSABLE_ENTITY, "The text has control characters";
    TooManyItems = "too_many_items", UNPROCESSABLE_ENTITY, "There are too many of these";
    CategoryUnknown = "category_unknown", UNPROCESSABLE_ENTITY, "The ledger has no such category";
    CategoryNotRoot = "category_not_root", UNPROCESSABLE_ENTITY, "Categories have one level of parents";
    MemberUnknown = "member_unknown", UNPROCESSABLE_ENTITY, "The ledger has no such member";
    MemberArchived = "member_archived", UNPROCESSABLE_ENTITY, "The member is archived";
    MemberDuplicate = "member_duplicate", UNPROCESSABLE_ENTITY, "A member is named twice";
    SplitInvalid = "split_invalid", UNPROCESSABLE_ENTITY, "The split cannot be carried out";
    SplitDoesNotAddUp = "split_does_not_add_up", UNPROCESSABLE_ENTITY, "The parts do not add up";
    CursorInvalid = "cursor_invalid", BAD_REQUEST, "The cursor is not one of ours";
    IfMatchMissing = "if_match_missing", PRECONDITION_REQUIRED, "If-Match is missing";
    IfMatchInvalid = "if_match_invalid", BAD_REQUEST, "If-Match is not a version";
    VersionConflict = "version_conflict", PRECONDITION_FAILED, "It has been changed in the meantime";
    IdTaken = "id_taken", CONFLICT, "The id stands for something else already";
    NameTaken = "name_taken", CONFLICT, "The name is taken";
    EmailTaken = "email_taken", CONFLICT, "The e-mail address is taken";
    EmailInvalid = "email_invalid", UNPROCESSABLE_ENTITY, "That is not an e-mail address";
    CategoryInUse = "category_in_use", CONFLICT, "The category is in use";
    RevertConflict = "revert_conflict", CONFLICT, "The change no longer fits";
    LastOwner = "last_owner", CONFLICT, "A ledger keeps at least one owner";
    MemberTaken = "member_taken", CONFLICT, "The member has an account already";
    InviteUnknown = "invite_unknown", NOT_FOUND, "There is no such invitation";
    InviteExpired = "invite_expired", GONE, "The invitation has expired";
    InviteUsed = "invite_used", GONE, "The invitation has been used";
    AlreadyMember = "already_member", CONFLICT, "This account is in the ledger already";
    Archived = "archived", CONFLICT, "The ledger is archived";
    PersonalLedger = "personal_ledger", CONFLICT, "A personal ledger stays with its owner";
    NotFound = "not_found", NOT_FOUND, "There is nothing here";
    MethodNotAllowed = "method_not_allowed", METHOD_NOT_ALLOWED, "That cannot be done here";
    BodyTooLarge = "body_too_large", PAYLOAD_TOO_LARGE, "The body is too large";
    UnsupportedMediaType = "unsupported_media_type", UNSUPPORTED_MEDIA_TYPE, "The body is not application/json";
    Unauthenticated = "unauthenticated", UNAUTHORIZED, "Sign in first";
    Forbidden = "forbidden", FORBIDDEN, "Your role does not allow this";
    InvalidCredentials = "invalid_credentials", UNAUTHORIZED, "The address or the password is wrong";
    RefreshInvalid = "refresh_invalid", UNAUTHORIZED, "The session has ended";
    RegistrationClosed = "registration_closed", FORBIDDEN, "Registration is closed";
    PasswordTooShort = "password_too_short", UNPROCESSABLE_ENTITY, "The password is too short";
    PasswordTooLong = "password_too_long", UNPROCESSABLE_ENTITY, "The password is too long";
    PasswordTooCommon = "password_too_common", UNPROCESSABLE_ENTITY, "The password is too easy to guess";
    PasswordWrong = "password_wrong", UNPROCESSABLE_ENTITY, "The present password is wrong";
    RateLimited = "rate_limited", TOO_MANY_REQUESTS, "Too many attempts";
    RequestTimeout = "request_timeout", REQUEST_TIMEOUT, "The request did not arrive in time";
    Timeout = "timeout", SERVICE_UNAVAILABLE, "It took too long";
    Unavailable = "unavailable", SERVICE_UNAVAILABLE, "Not now";
    Internal = "internal", INTERNAL_SERVER_ERROR, "Something went wrong on our side";
}

/// An error as it is answered: `application/problem+json` (RFC 9457).
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct Problem {
    /// Always `about:blank`: the code says which problem it is.
    #[schema(example = "about:blank")]
    pub r#type: &'static str,
    /// The code in words.
    pub title: &'static str,
    /// The HTTP status.
    #[schema(minimum = 400, maximum = 599)]
    pub status: u16,
    pub code: Code,
    /// What it was this time.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub detail: Option<String>,
    /// The field, query parameter or header at fault, as a path: `split.parts[2].value`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub field: Option<String>,
    /// The id of the request, as in the `x-request-id` header and in the log. Put in on the way out.
    #[serde(skip_serializing_if = "String::is_empty")]
    pub request_id: String,
    /// With `version_conflict`: the resource as it stands. With `already_member`: where.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<Object>)]
    pub current: Option<serde_json::Value>,
    /// Seconds after which to try again; sent as `Retry-After`.
    #[serde(skip)]
    pub retry_after: Option<u64>,
    /// Whether it is for what the database is, not for what it was asked: another server may well answer.
    #[serde(skip)]
    pub is_of_server: bool,
}

/// Why a request is not answered with what it asked for.
#[derive(Debug)]
pub enum Error {
    /// The client can do something about it.
    Problem(Box<Problem>),
    /// Our fault: logged with its chain, answered with nothing but the request id.
    Internal(anyhow::Error),
}

impl Code {
    /// An error with this code. Read like `Code::NotFound.error()`.
    pub fn error(self) -> Error {
        Error::Problem(Box::new(Problem {
            r#type: "about:blank",
            title: self.title(),
            status: self.status().as_u16(),
            code: self,
            detail: None,
            field: None,
            request_id: String::new(),
            current: None,
            retry_after: None,
            is_of_server: false,
        }))
    }

    /// An error with this code at a field.
    pub fn at(self, field: impl Into<String>) -> Error {
        self.error()
            .with(|problem| problem.field = Some(field.into()))
    }

    /// This code as an error inside a `Deserialize`, from where [`Code::from_custom`] reads it again, so that a type
    /// that parses itself names its own code.
    pub fn custom<E: serde::de::Error>(self, detail: impl Display) -> E {
        E::custom(format_args!("{}{MARK}{detail}", self.as_str()))
    }

    /// The code and the detail that [`Code::custom`] put into a message.
    pub fn from_custom(message: &str) -> Option<(Self, &str)> {
        let (code, detail) = message.split_once(MARK)?;
        let code = Self::ALL.iter().find(|known| known.as_str() == code)?;
        Some((*code, detail))
    }
}

/// Stands between a code and its detail in a message of serde's; a character that no such message has otherwise.
const MARK: char = '\u{1}';

impl Error {
    /// Changes the problem, where it is one.
    #[must_use]
    pub fn with(mut self, change: impl FnOnce(&mut Problem)) -> Self {
        if let Self::Problem(problem) = &mut self {
            change(problem);
        }
        self
    }

    /// Says what it was this time.
    #[must_use]
    pub fn detail(self, detail: impl Into<String>) -> Self {
        self.with(|problem| problem.detail = Some(detail.into()))
    }

    /// Sends the resource as it stands along, for the client to merge.
    #[must_use]
    pub fn current(self, resource: &impl Serialize) -> Self {
        match serde_json::to_value(resource) {
            Ok(value) => self.with(|problem| problem.current = Some(value)),
            Err(error) => Self::Internal(error.into()),
        }
    }

    /// Whether the database server that was asked is at fault, so that another may answer.
    pub fn is_of_server(&self) -> bool {
        matches!(self, Self::Problem(problem) if problem.is_of_server)
    }

    /// Says when to try again.
    #[must_use]
    pub fn retry_after(self, seconds: u64) -> Self {
        self.with(|problem| problem.retry_after = Some(seconds))
    }
}

impl From<sqlx::Error> for Error {
    fn from(error: sqlx::Error) -> Self {
        let away = match &error {
            sqlx::Error::PoolTimedOut
            | sqlx::Error::PoolClosed
            | sqlx::Error::Io(_)
            | sqlx::Error::WorkerCrashed => true,
            // 57P01..57P03: the database is shutting down or starting; 53xxx: it has no room; 57014: the statement
            // timeout; 55P03 and 40P01: a lock that was not to be had.
            sqlx::Error::Database(database) => database.code().is_some_and(|code| {
                code.starts_with("57P")
                    || code.starts_with("53")
                    || code.starts_with("08")
                    || ["57014", "55P03", "40P01", "40001"].contains(&code.as_ref())
            }),
            _ => false,
        };
        if away {
            tracing::warn!(error = %error, "the database could not do it now");
            // What took too long for one takes another as long.
            let took_too_long = error
                .as_database_error()
                .is_some_and(|database| database.code().as_deref() == Some("57014"));
            Code::Unavailable
                .error()
                .retry_after(1)
                .with(|problem| problem.is_of_server = !took_too_long)
        } else {
            Self::Internal(error.into())
        }
    }
}

impl From<anyhow::Error> for Error {
    fn from(error: anyhow::Error) -> Self {
        Self::Internal(error)
    }
}

impl From<serde_json::Error> for Error {
    fn from(error: serde_json::Error) -> Self {
        Self::Internal(error.into())
    }
}

/// Words the refusal of a named constraint.
pub trait OnConstraint<T> {
    /// Where the database refused by the constraint of this name, the error is what `problem` makes.
    fn on_constraint(self, name: &str, problem: impl FnOnce() -> Error) -> Result<T>;
}

impl<T, E: Into<Error> + ConstraintOf> OnConstraint<T> for Result<T, E> {
    fn on_constraint(self, name: &str, problem: impl FnOnce() -> Error) -> Result<T> {
        self.map_err(|error| {
            if error.constraint() == Some(name) {
                problem()
            } else {
                error.into()
            }
        })
    }
}

/// An error that may be the refusal of a named constraint.
pub trait ConstraintOf {
    /// The constraint's name.
    fn constraint(&self) -> Option<&str>;
}

impl ConstraintOf for sqlx::Error {
    fn constraint(&self) -> Option<&str> {
        self.as_database_error()
            .and_then(sqlx::error::DatabaseError::constraint)
    }
}

impl ConstraintOf for Error {
    fn constraint(&self) -> Option<&str> {
        match self {
            Self::Internal(error) => error
                .downcast_ref::<sqlx::Error>()
                .and_then(ConstraintOf::constraint),
            Self::Problem(_) => None,
        }
    }
}

/// What an internal error is logged with, carried from the answer to the layer that knows the request.
#[derive(Debug, Clone)]
pub struct Cause(pub std::sync::Arc<anyhow::Error>);

impl IntoResponse for Error {
    fn into_response(self) -> Response {
        match self {
            Self::Problem(problem) => problem.into_response(),
            Self::Internal(error) => {
                let mut response = Code::Internal.error().into_response();
                response
                    .extensions_mut()
                    .insert(Cause(std::sync::Arc::new(error)));
                response
            }
        }
    }
}

impl IntoResponse for Problem {
    fn into_response(self) -> Response {
        let status = self.code.status();
        let retry_after = self.retry_after;
        // The request id is not known here: `app::answer` puts it in and writes the body.
        let mut response = status.into_response();
        response.headers_mut().insert(
            CONTENT_TYPE,
            HeaderValue::from_static("application/problem+json"),
        );
        if status == StatusCode::UNAUTHORIZED {
            response
                .headers_mut()
                .insert(WWW_AUTHENTICATE, HeaderValue::from_static("Bearer"));
        }
        if let Some(seconds) = retry_after {
            response
                .headers_mut()
                .insert(RETRY_AFTER, HeaderValue::from(seconds));
        }
        response.extensions_mut().insert(std::sync::Arc::new(self));
        response
    }
}
