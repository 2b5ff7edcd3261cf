//! The API's description: `openapi.json`, and a page of it for people.

use axum::Router;
use axum::routing::get;
use utoipa::openapi::security::{Http, HttpAuthScheme, SecurityScheme};
use utoipa::openapi::{
    Components, ContentBuilder, InfoBuilder, OpenApi, Ref, RefOr, ResponseBuilder,
    SecurityRequirement,
};
use utoipa::{Modify, ToSchema};

use crate::app::{self, App};
use crate::error::{Code, Problem};
use crate::extract::Json;
use crate::ids::{CategoryId, ExpenseId, LedgerId, MemberId, SessionId};

/// Adds what is the same for every operation: the problem as the default answer, and the access token.
pub fn describe(mut api: OpenApi) -> OpenApi {
    Common.modify(&mut api);
    api
}

/// `/api/v1/openapi.json` and `/api/docs`.
pub fn router() -> Router<App> {
    Router::new().route(
        "/api/v1/openapi.json",
        get(|| async { Json(app::openapi()) }),
    )
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
                operation
                    .responses
                    .responses
                    .insert("default".to_owned(), RefOr::T(problem.clone()));
                if operation.security.is_none() {
                    operation.security =
                        Some(vec![SecurityRequirement::new::<_, [&str; 0], &str>(
                            "access_token",
                            [],
                        )]);
                }
            }
        }
    }
}
