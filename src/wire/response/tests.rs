use super::*;

fn reader() -> Reader {
    let hidden = Hidden::new(vec![Secret::new("hush").expect("a token")], None);
    Reader { hidden, retry_after_max: Duration::from_secs(300) }
}

fn answer(status: u16, body: &str) -> Answer {
    let response = Response::builder().status(status).body(body.as_bytes().to_vec());
    Ok(response.expect("a response"))
}

fn verdict(purpose: Purpose, status: u16, body: &str) -> Verdict<Grant> {
    reader().grant(purpose, answer(status, body))
}

fn grant(body: &str) -> Grant {
    match verdict(Purpose::Reconnect, 200, body) {
        Verdict::Good(grant) => grant,
        other => panic!("{body} gave {other:?}"),
    }
}

#[test]
fn lifetimes_are_clamped_and_never_an_error() {
    // Covers: CR-2
    for (written, seconds) in [
        ("3600", Some(3_600.0)),
        ("1800.5", Some(1_800.5)),
        ("1", Some(1.0)),
        ("1e-9", Some(1e-9)),
        ("0", None),
        ("-7", None),
        ("1e12", Some(LIFETIME_SECONDS_MAX)),
        ("\"900\"", Some(900.0)),
        ("\" 9e2 \"", Some(900.0)),
        ("\"+900\"", Some(900.0)),
        ("\"+-900\"", None),
        ("\"soon\"", None),
        ("null", None),
        ("[]", None),
        ("true", None),
        ("2147483647", Some(LIFETIME_SECONDS_MAX)),
        ("1e400", Some(LIFETIME_SECONDS_MAX)),
        ("\"NaN\"", None),
        ("\"9 00\"", None),
        ("\"\"", None),
    ] {
        let grant = grant(&format!("{{\"expires_in\":{written}}}"));
        assert_eq!(grant.lifetime.map(|lifetime| lifetime.as_secs_f64()), seconds, "{written}");
    }
    assert_eq!(grant("{\"expiresIn\":5}").lifetime, Some(Duration::from_secs(5)));
    let both = grant("{\"expiresIn\":5,\"expires_in\":6}");
    assert_eq!(both.lifetime, Some(Duration::from_secs(6)), "the documented one");
}

#[test]
fn members_of_a_wrong_type_spoil_nothing_else() {
    // Covers: RX-6
    let grant =
        grant(r#"{"conversationId":7,"token":{},"streamUrl":["x"],"expires_in":60,"eTag":null}"#);
    assert_eq!(grant, Grant { lifetime: Some(Duration::from_secs(60)), ..Grant::default() });
    for bad in [
        "",
        "[",
        "[]",
        r#"["c","t",60,60,"wss://d.example"]"#,
        "null",
        "\"x\"",
        "{\"token\":\"a\"",
        "<html>",
    ] {
        let cause = Cause::BadBody { purpose: Purpose::Start };
        assert_eq!(verdict(Purpose::Start, 200, bad), Verdict::Failed(cause), "{bad}");
    }
}

#[test]
fn ids_that_would_climb_out_of_the_path_are_none() {
    for bad in ["", ".", "..", &"a".repeat(2_000)] {
        assert_eq!(grant(&format!("{{\"conversationId\":\"{bad}\"}}")).conversation, None);
    }
}

#[test]
fn error_bodies_are_read_as_far_as_they_can_be() {
    // Covers: CR-4, CR-5
    let refused =
        |refusal, message| Verdict::Refused(refusal, Message::new(message, &Hidden::default()));
    let error = |code: &str| format!(r#"{{"error":{{"code":"{code}","message":"no hush"}}}}"#);
    for (status, body, expected) in [
        (403, error("TokenExpired"), refused(Refusal::Expired, "no ***")),
        (403, error("BadArgument"), refused(Refusal::Forbidden, "no ***")),
        (403, "Forbidden".into(), refused(Refusal::Forbidden, "")),
        (401, String::new(), refused(Refusal::Unauthorized, "")),
        (400, error("MissingProperty"), refused(Refusal::MissingUser, "no ***")),
        (
            403,
            error("RegionNotAllowed"),
            Verdict::WrongRegion(Message::new("no ***", &Hidden::default())),
        ),
    ] {
        assert_eq!(verdict(Purpose::Reconnect, status, &body), expected);
    }
}

/// One word for what an answer means.
fn word<T>(verdict: &Verdict<T>) -> &'static str {
    match verdict {
        Verdict::Good(_) => "good",
        Verdict::Failed(_) => "later",
        Verdict::Refused(..) => "refused",
        Verdict::WrongRegion(_) => "wrong region",
        Verdict::Denied(Denial::Missing, _) => "missing",
        Verdict::Denied(Denial::NoRoute, _) => "no route",
        Verdict::Denied(Denial::Exists, _) => "exists",
        Verdict::Denied(Denial::Rejected, _) => "rejected",
    }
}

fn post_word(verdict: &PostVerdict) -> &'static str {
    match verdict {
        PostVerdict::Taken(_) => "taken",
        PostVerdict::NotTaken(_) => "not taken",
        PostVerdict::Unknown(_) => "unknown",
        PostVerdict::Refused(..) => "refused",
        PostVerdict::WrongRegion(_) => "wrong region",
        PostVerdict::Rejected(_) => "rejected",
    }
}

#[test]
fn every_status_has_one_meaning() {
    // Covers: RX-6, CR-4
    for status in 100..=999 {
        for code in ["", "MissingProperty", "TokenExpired", "RegionNotAllowed", "BadArgument"] {
            let body = format!(r#"{{"message":7,"error":{{"code":"{code}"}}}}"#);
            let expected = match (status, code) {
                (200..=299, _) => "good",
                (100..=199 | 300..=399 | 407 | 408 | 425 | 429, _) => "later",
                (400, "MissingProperty") | (401, _) => "refused",
                (403, "RegionNotAllowed") => "wrong region",
                (403, _) => "refused",
                (404 | 410, _) => "missing",
                (405 | 501, _) => "no route",
                (409, _) => "exists",
                (500.., _) => "later",
                _ => "rejected",
            };
            let start = word(&verdict(Purpose::Start, status, &body));
            let page = word(&reader().page(answer(status, &body)));
            assert_eq!([start, page], [expected; 2], "{status} {code}");
            let of_a_post = match (status, expected) {
                (_, "good") => "taken",
                (429, _) => "not taken",
                (501, _) | (_, "later") => "unknown",
                (403, "refused") if !matches!(code, "TokenExpired" | "BadArgument") => "rejected",
                (_, "refused" | "wrong region") => expected,
                _ => "rejected",
            };
            assert_eq!(
                post_word(&reader().post(Purpose::Post, answer(status, &body))),
                of_a_post,
                "{status}"
            );
        }
    }
}

#[test]
fn no_answer_is_a_verdict_too() {
    // Covers: TX-2, TX-3
    use crate::unreached::{Obstacle, Unreached};
    let nobody = Unreached::new("localhost", 9, Obstacle::Refused);
    for (failure, of_a_post) in [
        (Failure::NotSent, "not taken"),
        (Failure::Unreached(nobody), "not taken"),
        (Failure::Broken, "unknown"),
        (Failure::TimedOut, "unknown"),
        (Failure::TooLarge, "unknown"),
    ] {
        assert_eq!(
            post_word(&reader().post(Purpose::Post, Err(failure.clone()))),
            of_a_post,
            "{failure:?}"
        );
        assert_eq!(word(&reader().renewed(Err(failure.clone()))), "later", "{failure:?}");
    }
    assert_eq!(word(&reader().renewed(answer(200, r#"{"token":"t"}"#))), "good");
    assert_eq!(word(&reader().renewed(answer(200, r#"{"expires_in":7}"#))), "later");
}

#[test]
fn an_id_that_cannot_be_one_leaves_a_post_taken() {
    // Covers: TX-2
    let taken = |body: &str| match reader().post(Purpose::Post, answer(200, body)) {
        PostVerdict::Taken(id) => id.map(String::from),
        other => panic!("{body} gave {other:?}"),
    };
    assert_eq!(taken(r#"{"id":"c|1"}"#).as_deref(), Some("c|1"));
    let long = |length| format!(r#"{{"id":"{}"}}"#, "a".repeat(length));
    assert!(taken(&long(CONVERSATION_BYTES_MAX)).is_some());
    for bad in [r#"{"id":""}"#, r#"{"id":7}"#, "{}", "", &long(CONVERSATION_BYTES_MAX + 1)] {
        assert_eq!(taken(bad), None);
    }
}

#[test]
fn what_is_not_the_services_says_nothing_of_what_was_asked() {
    // Covers: RX-8, TX-2
    let page = "<!DOCTYPE html><html>Please sign in</html>";
    for (status, body) in [
        (302, ""),
        (400, page),
        (401, page),
        (403, page),
        (404, page),
        (409, page),
        (407, r#"{"error":{"code":"BadArgument"}}"#),
        (511, ""),
    ] {
        let start = verdict(Purpose::Start, status, body);
        assert_eq!(word(&start), "later", "{status} {body}");
        assert_eq!(word(&reader().page(answer(status, body))), "later", "{status} {body}");
        assert_eq!(word(&reader().renewed(answer(status, body))), "later", "{status} {body}");
        assert_eq!(
            post_word(&reader().post(Purpose::Post, answer(status, body))),
            "unknown",
            "{status} {body}"
        );
    }
    for body in [page, "[]", "\"ok\"", "7", r#"{"id":"c|1"#, "\u{feff}"] {
        let expected = if body == "\u{feff}" { "taken" } else { "unknown" };
        assert_eq!(post_word(&reader().post(Purpose::Post, answer(200, body))), expected, "{body}");
    }
    // Servers have words of their own for a route that they do not have, and for their statuses.
    assert_eq!(word(&verdict(Purpose::Reconnect, 404, page)), "missing");
    assert_eq!(word(&verdict(Purpose::Generate, 405, page)), "no route");
    for own in ["", " ", "\"no\"", "{}", "Unauthorized", "\u{feff}{}"] {
        assert_eq!(word(&verdict(Purpose::Start, 401, own)), "refused", "{own:?}");
    }
    let mut foreign = Response::new(b"{\"message\":\"f\xfcr niemand\"}".to_vec());
    *foreign.status_mut() = StatusCode::UNAUTHORIZED;
    assert_eq!(word(&reader().grant(Purpose::Start, Ok(foreign))), "refused", "in Latin-1");
}

#[test]
fn a_redirect_is_told_with_the_origin_alone() {
    // Covers: CR-7, CR-8, RX-8
    let to = |location: &str| {
        let moved = Response::builder().status(301).header(LOCATION, location);
        match reader().page(Ok(moved.body(Vec::new()).expect("an answer"))) {
            Verdict::Failed(Cause::Redirected { to, .. }) => to,
            other => panic!("{other:?}"),
        }
    };
    for (location, expected) in [
        ("https://x.example/v3?t=1", Some("https://x.example")),
        ("https://u:p@y.example:8443/", Some("https://y.example:8443")),
        ("http://[::1]:8080/", Some("http://[::1]:8080")),
        ("/elsewhere", None),
        ("ftp://y.example/", None),
        ("not a url", None),
    ] {
        assert_eq!(to(location).as_deref(), expected, "{location}");
    }
}
