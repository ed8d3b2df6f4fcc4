//! Who may read what.

use super::*;

fn only(services: &[&str]) -> Grant {
    Grant::services(services.iter().map(|&name| name.to_owned()))
}

#[tokio::test]
async fn a_service_is_read_by_whom_it_was_granted_to_and_by_nobody_else() {
    let world = World::new();
    for (path, body) in [
        (
            "/get-online-features",
            Some(r#"{"user_id": "a", "service": "scoring"}"#),
        ),
        (
            "/get-online-features",
            Some(r#"{"entities": {"user_id": ["a"]}, "feature_service": "scoring"}"#),
        ),
        ("/services/scoring?user_id=a", None),
        // Who may not read it is not told what is wrong with the rest.
        ("/services/scoring?user_id=a&user_id=b", None),
    ] {
        let refused = world.ask(&only(&["greeting"]), path, body).await;
        // What there is not at all is answered the same.
        let none = |text: &str| text.replace("scoring", "nothing");
        let unknown = (none(path), body.map(none));
        let unknown = world
            .ask(&only(&["greeting"]), &unknown.0, unknown.1.as_deref())
            .await;
        assert_eq!((refused.0, none(&refused.1)), unknown);
        let message = "no service `scoring`; there is: greeting";
        assert!(
            refused.0 == 404 && refused.1.contains(message),
            "{refused:?}"
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
        (only(&["greeting"]), r#"["name", "score"]"#, 404),
        (only(&["scoring"]), r#"["profile:name"]"#, 404),
        (only(&["scoring", "greeting"]), r#"["scores"]"#, 404),
        (only(&[]), r#"["score"]"#, 400),
        (Grant::all(), r#"["scores", "name"]"#, 200),
        (only(&["scoring"]), r#"["nothing"]"#, 404),
    ] {
        for body in [
            format!(r#"{{"user_id": "a", "features": {features}}}"#),
            format!(r#"{{"entities": {{"user_id": ["a"]}}, "features": {features}}}"#),
        ] {
            let (status, answer) = world.post(&grant, &body).await;
            assert_eq!(status, expected, "{body}: {answer}");
        }
    }
}

/// All that a caller can be wrong about, in all forms.
#[tokio::test]
async fn no_message_names_what_the_caller_may_not_read() {
    let world = World::new();
    let wrong = [
        r#"{"user_id": "a", "features": ["nothing"]}"#,
        r#"{"user_id": "a", "features": ["profile:nothing"]}"#,
        r#"{"user_id": "a", "features": ["nothing:name"]}"#,
        r#"{"user_id": "a", "service": "nothing"}"#,
        r#"{"user_is": "a", "service": "greeting"}"#,
        r#"{"user_is": "a"}"#,
        r#"{"service": "greeting"}"#,
        r#"{"entities": {"user_is": ["a"]}, "features": ["profile:name"]}"#,
        r#"{"entities": {"user_id": ["a"]}, "features": ["profile:nothing"]}"#,
        r#"{"entities": {"user_id": ["a"]}, "features": ["nothing:name"]}"#,
        r#"{"entities": {"user_id": ["a"]}, "feature_service": "nothing"}"#,
    ];
    for body in wrong {
        let (status, answer) = world.post(&only(&["greeting"]), body).await;
        assert!((400..500).contains(&status), "{body}: {status} {answer}");
        assert!(!answer.contains("scor"), "{body}: {answer}");
        // Nobody's keys, features, views or services.
        let (status, answer) = world.post(&only(&[]), body).await;
        assert!((400..500).contains(&status), "{body}: {status} {answer}");
        let known = answer.split("there is:").nth(1).unwrap_or_default();
        for name in [
            "user_id", "profile", "name,", "note", "scor", "greeting", "called",
        ] {
            assert!(!known.contains(name), "{body}: {answer}");
        }
    }
}
