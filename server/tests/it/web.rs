//! The web app as the server hands it out.

use axum::body::Body;
use axum::http::{Request, StatusCode, header};

use crate::support::{Answer, TestApp};

async fn get(app: &TestApp, path: &str, headers: &[(&str, &str)]) -> Answer {
    let mut request = Request::get(path);
    for (name, value) in headers {
        request = request.header(*name, *value);
    }
    app.anonymous()
        .raw(request.body(Body::empty()).expect("a request"))
        .await
}

#[tokio::test]
async fn every_address_outside_the_api_is_the_app() {
    let app = TestApp::new().await;
    for path in ["/", "/expenses", "/reports?from=2026-01-01"] {
        let page = get(&app, path, &[]).await;
        assert_eq!(page.status, StatusCode::OK, "{path}");
        assert_eq!(page.headers[header::CONTENT_TYPE], "text/html");
        assert!(page.text.contains("<title>Outlay</title>"));
    }
    assert_eq!(
        get(&app, "/api/nothing", &[]).await.problem(),
        "404 not_found -"
    );
    assert_eq!(
        get(&app, "/_app/immutable/stale.js", &[]).await.problem(),
        "404 not_found -"
    );
}

#[tokio::test]
async fn the_page_may_run_nothing_but_its_own_files() {
    let app = TestApp::new().await;
    let page = get(&app, "/", &[]).await;
    let policy = page.headers[header::CONTENT_SECURITY_POLICY]
        .to_str()
        .unwrap();
    assert!(
        policy.contains("default-src 'self'") && !policy.contains("unsafe"),
        "{policy}"
    );
    assert!(
        !page.text.contains("<script>") && !page.text.contains("<style"),
        "nothing is inline"
    );
}

#[tokio::test]
async fn a_browser_that_has_the_page_is_told_so() {
    let app = TestApp::new().await;
    let first = get(&app, "/", &[]).await;
    let etag = first.headers[header::ETAG].to_str().unwrap();
    let again = get(&app, "/", &[("if-none-match", etag)]).await;
    assert_eq!(
        (again.status, again.text.as_str()),
        (StatusCode::NOT_MODIFIED, "")
    );
}

#[tokio::test]
async fn files_with_a_hash_in_their_name_are_kept_for_ever_and_come_compressed() {
    let app = TestApp::new().await;
    let page = get(&app, "/", &[]).await.text;
    let script = page
        .split('"')
        .find(|part| part.starts_with("/_app/immutable/entry/start"))
        .unwrap();
    let plain = get(&app, script, &[]).await;
    assert!(
        plain.headers[header::CACHE_CONTROL]
            .to_str()
            .unwrap()
            .contains("immutable")
    );
    let request = Request::get(script)
        .header("accept-encoding", "gzip, br")
        .body(Body::empty())
        .unwrap();
    let compressed = app.anonymous().bytes(request).await;
    assert_eq!(compressed.0[header::CONTENT_ENCODING], "br");
    assert!(compressed.1.len() < plain.text.len());
}
