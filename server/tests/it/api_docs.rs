//! The API's description, and the page of it.

use axum::body::Body;
use axum::http::{Request, StatusCode, header};
use serde_json::Value;

use crate::support::{Answer, TestApp};

async fn get(app: &TestApp, path: &str) -> Answer {
    let request = Request::get(path).body(Body::empty()).unwrap();
    app.anonymous().raw(request).await
}

#[tokio::test]
async fn every_operation_is_described_for_people_and_programs() {
    let app = TestApp::new().await;
    let api = get(&app, "/api/v1/openapi.json").await.ok();
    let mut ids = Vec::new();
    for (path, item) in api["paths"].as_object().unwrap() {
        for (method, operation) in item.as_object().unwrap() {
            let text = |pointer: &str| operation.pointer(pointer).and_then(Value::as_str);
            let is_there = |pointer: &str| text(pointer).is_some_and(|text| !text.is_empty());
            assert!(is_there("/summary"), "{method} {path}");
            assert!(is_there("/tags/0"), "{method} {path}");
            assert!(operation["security"].is_array(), "{method} {path}");
            assert_eq!(
                text("/responses/default/content/application~1problem+json/schema/$ref"),
                Some("#/components/schemas/Problem"),
                "{method} {path}"
            );
            for (status, response) in operation["responses"].as_object().unwrap() {
                assert!(
                    response["description"].is_string(),
                    "{method} {path} {status}"
                );
            }
            ids.push(text("/operationId").unwrap().to_owned());
        }
    }
    let count = ids.len();
    ids.sort();
    ids.dedup();
    assert!(count > 25 && ids.len() == count, "{ids:?}");
}

#[tokio::test]
async fn every_schema_that_is_named_is_there() {
    let app = TestApp::new().await;
    let api = get(&app, "/api/v1/openapi.json").await;
    let text = api.text.clone();
    let api = api.ok();
    for named in text.split("\"$ref\":\"#").skip(1) {
        let pointer = named.split('"').next().unwrap();
        assert!(api.pointer(pointer).is_some(), "{pointer}");
    }
}

#[tokio::test]
async fn the_page_for_people_loads_nothing_from_elsewhere() {
    let app = TestApp::new().await;
    let short = get(&app, "/api/docs").await;
    assert_eq!(short.status, StatusCode::PERMANENT_REDIRECT);
    assert_eq!(short.headers[header::LOCATION], "/api/docs/");
    let page = get(&app, "/api/docs/").await;
    assert_eq!(page.status, StatusCode::OK);
    let policy = page.headers[header::CONTENT_SECURITY_POLICY]
        .to_str()
        .unwrap();
    assert!(
        policy.starts_with("default-src 'none'; script-src 'self';"),
        "{policy}"
    );
    let sources = page
        .text
        .split("src=\"")
        .chain(page.text.split("href=\""))
        .skip(1);
    for source in sources.filter_map(|rest| rest.split_once('"')) {
        assert!(!source.0.contains("//"), "{}", source.0);
    }
    for file in [
        "swagger-ui-bundle.js",
        "swagger-ui.css",
        "swagger-initializer.js",
    ] {
        assert!(page.text.contains(file), "{file}");
        let file = get(&app, &format!("/api/docs/{file}")).await;
        assert_eq!(file.status, StatusCode::OK);
    }
    let settings = get(&app, "/api/docs/swagger-initializer.js").await.text;
    assert!(settings.contains("\"/api/v1/openapi.json\""), "{settings}");
    assert!(
        settings.contains("\"validatorUrl\": \"none\""),
        "{settings}"
    );
    assert_eq!(
        get(&app, "/api/docs/other").await.problem(),
        "404 not_found -"
    );
}
