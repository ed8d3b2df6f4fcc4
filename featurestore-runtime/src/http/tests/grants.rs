//! Who may read what.

use super::*;

const FORBIDDEN: &str = r#"{"error":{"code":"forbidden","message":"#;

fn only(services: &[&str]) -> Grant {
    Grant::services(services.iter().map(|&name| name.to_owned()))
}

#[tokio::test]
async fn a_service_is_read_by_whom_it_was_granted_to_and_by_nobody_else() {
    let world = World::new();
    for (service, path, body) in [
        (
            "scoring",
            "/get-online-features",
            Some(r#"{"user_id": "a", "service": "scoring"}"#),
        ),
        (
            "scoring",
            "/get-online-features",
            Some(r#"{"entities": {"user_id": ["a"]}, "feature_service": "scoring"}"#),
        ),
        ("scoring", "/services/scoring?user_id=a", None),
        // Who may not read it is not told what is wrong with the rest.
        ("scoring", "/services/scoring?user_id=a&user_id=b", None),
    ] {
        let (status, answer) = world.ask(&only(&["greeting"]), path, body).await;
        assert_eq!(status, 403, "{path}: {answer}");
        assert!(answer.starts_with(FORBIDDEN), "{answer}");
        assert!(
            answer.contains(&format!("this token may not read service `{service}`")),
            "{answer}"
        );
        for grant in [only(&["greeting", "scoring"]), Grant::all()] {
            let (status, answer) = world.ask(&grant, path, body).await;
            let expected = if path.ends_with("user_id=b") {
                400
            } else {
                200
            };
            assert_eq!(status, expected, "{path}: {answer}");
        }
    }
    let (status, answer) = world
        .post(
            &only(&["greeting"]),
            r#"{"user_id": "a", "service": "scorings"}"#,
        )
        .await;
    assert_eq!(status, 404, "{answer}");
}

#[tokio::test]
async fn a_feature_by_name_is_read_by_whom_a_service_with_it_was_granted_to() {
    let world = World::new();
    for (grant, features, expected) in [
        (only(&["greeting"]), r#"["profile:name"]"#, 200),
        (only(&["greeting"]), r#"["name", "note"]"#, 200),
        (only(&["scoring"]), r#"["score"]"#, 200),
        (only(&["scoring", "greeting"]), r#"["score", "name"]"#, 200),
        (only(&["greeting"]), r#"["name", "score"]"#, 403),
        (only(&["scoring"]), r#"["profile:name"]"#, 403),
        (only(&["scoring", "greeting"]), r#"["scores"]"#, 403),
        (only(&[]), r#"["score"]"#, 403),
        (Grant::all(), r#"["scores", "name"]"#, 200),
        (only(&["scoring"]), r#"["nothing"]"#, 404),
    ] {
        for body in [
            format!(r#"{{"user_id": "a", "features": {features}}}"#),
            format!(r#"{{"entities": {{"user_id": ["a"]}}, "features": {features}}}"#),
        ] {
            let (status, answer) = world.post(&grant, &body).await;
            assert_eq!(status, expected, "{body}: {answer}");
            assert_eq!(answer.starts_with(FORBIDDEN), expected == 403, "{answer}");
        }
    }
    let (_, answer) = world
        .post(
            &only(&["scoring"]),
            r#"{"user_id": "a", "features": ["name"]}"#,
        )
        .await;
    assert!(answer.contains("`profile:name`"), "{answer}");
}
