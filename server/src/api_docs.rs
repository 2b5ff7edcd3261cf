//! The API's description: `openapi.json`, and a page of it for people.

use std::sync::{Arc, LazyLock};

use axum::Router;
use axum::http::StatusCode;
use axum::http::header::{CACHE_CONTROL, CONTENT_SECURITY_POLICY, CONTENT_TYPE};
use axum::response::{IntoResponse, Redirect, Response};
use axum::routing::get;
use utoipa::openapi::header::Header;
use utoipa::openapi::path::{Operation, ParameterBuilder, ParameterIn};
use utoipa::openapi::schema::{ObjectBuilder, Type};
use utoipa::openapi::security::{Http, HttpAuthScheme, SecurityScheme};
use utoipa::openapi::{
    Components, ContentBuilder, InfoBuilder, OpenApi, Ref, RefOr, Response as Described,
    ResponseBuilder, SecurityRequirement,
};
use utoipa::{Modify, ToSchema};
use utoipa_swagger_ui::Config;

use crate::app::{self, App};
use crate::error::{Code, Error, Problem};
use crate::extract::Path;
use crate::ids::{CategoryId, ExpenseId, InviteId, LedgerId, MemberId, SessionId};

/// Adds what is the same for every operation: the problem as the default answer, and the access token.
pub fn describe(mut api: OpenApi) -> OpenApi {
    Common.modify(&mut api);
    api
}

/// `/api/v1/openapi.json` and `/api/docs`.
pub fn router() -> Router<App> {
    Router::new()
        .route("/api/v1/openapi.json", get(description))
        .route(
            "/api/docs",
            get(|| async { Redirect::permanent("/api/docs/") }),
        )
        .route("/api/docs/", get(|| async { page("index.html") }))
        .route(
            "/api/docs/{file}",
            get(|Path(file): Path<String>| async move { page(&file) }),
        )
}

/// Built at the first request: it is the same for all.
async fn description() -> Response {
    static BODY: LazyLock<Vec<u8>> = LazyLock::new(|| {
        serde_json::to_vec(&app::openapi()).expect("a description has only strings and numbers")
    });
    ([(CONTENT_TYPE, "application/json")], BODY.as_slice()).into_response()
}

/// Swagger UI sets styles from its scripts, and has its arrows in its style sheet as data. It calls the API from the
/// page, and nothing else.
const CONTENT_POLICY: &str = "default-src 'none'; script-src 'self'; style-src 'self' 'unsafe-inline'; \
                              img-src 'self' data:; connect-src 'self'; base-uri 'none'; form-action 'none'; \
                              frame-ancestors 'none'";

/// A file of Swagger UI, which is in the binary.
fn page(file: &str) -> Response {
    static CONFIG: LazyLock<Arc<Config<'static>>> = LazyLock::new(|| {
        let config = Config::from("/api/v1/openapi.json")
            // Otherwise the page sends its address to a validator on the Internet.
            .validator_url("none")
            .doc_expansion("list")
            .default_models_expand_depth(0)
            .filter(true)
            .use_base_layout();
        Arc::new(config)
    });
    match utoipa_swagger_ui::serve(file, CONFIG.clone()) {
        Ok(Some(file)) => {
            let headers = [
                (CONTENT_TYPE, file.content_type),
                (CONTENT_SECURITY_POLICY, CONTENT_POLICY.to_owned()),
                (CACHE_CONTROL, "no-cache".to_owned()),
            ];
            (headers, file.bytes.into_owned()).into_response()
        }
        Ok(None) => Code::NotFound.error().into_response(),
        Err(error) => Error::Internal(anyhow::anyhow!("Swagger UI: {error}")).into_response(),
    }
}

fn register<T: ToSchema>(components: &mut Components) {
    components
        .schemas
        .insert(T::name().into_owned(), T::schema());
}

struct Common;

impl Modify for Common {
    fn modify(&self, api: &mut OpenApi) {
        api.info = InfoBuilder::new()
            .title("Outlay")
            .version(env!("CARGO_PKG_VERSION"))
            .description(Some(include_str!("api_docs.md")))
            .build();
        let components = api.components.get_or_insert_default();
        components.add_security_scheme(
            "access_token",
            SecurityScheme::Http(Http::new(HttpAuthScheme::Bearer)),
        );
        // These stand in paths and in the default answer, where utoipa refers to them without writing them down.
        register::<Problem>(components);
        register::<Code>(components);
        register::<LedgerId>(components);
        register::<MemberId>(components);
        register::<CategoryId>(components);
        register::<ExpenseId>(components);
        register::<InviteId>(components);
        register::<SessionId>(components);
        let problem = ResponseBuilder::new()
            .description("A problem (RFC 9457)")
            .content(
                "application/problem+json",
                ContentBuilder::new()
                    .schema(Some(Ref::from_schema_name("Problem")))
                    .build(),
            )
            .build();
        for item in api.paths.paths.values_mut() {
            for operation in [
                &mut item.get,
                &mut item.post,
                &mut item.put,
                &mut item.delete,
            ]
            .into_iter()
            .flatten()
            {
                finish(operation, &problem);
            }
        }
    }
}

/// What an answer that is cached by its `ETag` takes and gives.
fn describe_tag(operation: &mut Operation) {
    let text = || ObjectBuilder::new().schema_type(Type::String);
    for status in ["200", "304"] {
        if let Some(RefOr::T(response)) = operation.responses.responses.get_mut(status) {
            let mut tag = Header::new(text().examples(["W/\"bOkA8aXd1s3mVbyFzGgQ1w\"", "\"1\""]));
            tag.description = Some("What tells this answer from an older one.".to_owned());
            response.headers.insert("ETag".to_owned(), RefOr::T(tag));
        }
    }
    let parameter = ParameterBuilder::new()
        .name("If-None-Match")
        .parameter_in(ParameterIn::Header)
        .description(Some(
            "The `ETag` of the answer that one has: if it is still the answer, there is no other than 304.",
        ))
        .schema(Some(text()))
        .build();
    operation
        .parameters
        .get_or_insert_default()
        .push(RefOr::T(parameter));
}

fn finish(operation: &mut Operation, problem: &Described) {
    let responses = &mut operation.responses.responses;
    // OpenAPI asks for a description of each, utoipa does not.
    for (status, response) in responses.iter_mut() {
        if let RefOr::T(response) = response
            && response.description.is_empty()
        {
            let status: Option<StatusCode> = status.parse().ok();
            let reason = status.and_then(|status| status.canonical_reason());
            reason
                .unwrap_or("The answer")
                .clone_into(&mut response.description);
        }
    }
    responses.insert("default".to_owned(), RefOr::T(problem.clone()));
    if responses.contains_key("304") {
        describe_tag(operation);
    }
    for parameter in operation.parameters.iter_mut().flatten() {
        if let RefOr::T(parameter) = parameter
            && parameter.name == "If-Match"
        {
            let version = ObjectBuilder::new()
                .schema_type(Type::String)
                .pattern(Some("^\"[1-9][0-9]{0,17}\"$"))
                .examples(["\"1\""]);
            parameter.schema = Some(version.into());
            parameter.description = Some("The version that one has seen: its `ETag`.".to_owned());
        }
    }
    if operation.security.is_none() {
        let token = SecurityRequirement::new::<_, [&str; 0], &str>("access_token", []);
        operation.security = Some(vec![token]);
    }
}
