//! The stands: every phase, with everything that can be under way in it.

use directline::{Input, Purpose, Token, Way};

use super::stand::{Stand, lasting_token, patient, secret, token};

/// Every stand, each with the node of the state graph that it stands in.
pub(crate) fn all() -> Vec<(&'static str, Stand)> {
    let stands: Vec<_> =
        [asking(), opening_or_live(), without_socket(), at_rest()].into_iter().flatten().collect();
    for (node, stand) in &stands {
        assert_eq!(stand.node(), *node, "{}", stand.name);
    }
    stands
}

fn asking() -> Vec<(&'static str, Stand)> {
    let generated = Stand::new("starts with a generated token", patient(secret()));
    let by_secret = Stand::new("starts with the secret", patient(secret()));
    let again = Stand::resumed("reconnects with a second token", patient(lasting_token()), "7");
    let mut again = again
        .answered(Purpose::Reconnect, 401, "")
        .with(Input::NewToken(Token::new("token-1").expect("a token")));
    again.refused = Some(401);
    vec![
        ("Generating", Stand::new("generates", patient(secret()))),
        ("Starting", Stand::new("starts", patient(token())).after(500)),
        ("Starting", generated.granted(Purpose::Generate)),
        ("Starting", by_secret.answered(Purpose::Generate, 404, "")),
        ("Reconnecting", Stand::resumed("reconnects", patient(token()), "7").after(500)),
        ("Reconnecting", Stand::resumed("reconnects, no mark", patient(lasting_token()), "")),
        ("Reconnecting", Stand::resumed("reconnects with the secret", patient(secret()), "7")),
        ("Reconnecting", again),
        ("Reconnecting", lost_when_stable()),
        ("Reconnecting", probing("looks for a socket", "")),
        ("Reconnecting", probing("looks for a socket, with a mark", r#","watermark":"8""#)),
    ]
}

fn opening_or_live() -> Vec<(&'static str, Stand)> {
    let opening = Stand::new("opens", patient(token())).granted(Purpose::Start);
    let polling = probing("opens while it polls", "").granted(Purpose::Reconnect);
    let marked = history("is live, in the history");
    let mut missed = history("is live, without a history").answered(Purpose::Activities, 404, "");
    missed.missed = true;
    let both = Stand::resumed("is live, with both credentials", patient(secret()), "");
    let grant = r#"{"conversationId":"c-us","token":"token-n","expires_in":9000000,
        "streamUrl":"wss://service.example/s?t=key-0"}"#;
    let both = both.answered(Purpose::Reconnect, 200, grant).opened().posted();
    let stable = Stand::new("is stable", patient(token())).granted(Purpose::Start).opened();
    let page = r#"{"activities":[{"id":"a"}],"watermark":"7"}"#;
    vec![
        ("Opening", opening.after(500)),
        ("Opening", polling),
        ("Live", Stand::new("is fresh", patient(token())).granted(Purpose::Start).opened()),
        ("Live", stable.after(500).posted()),
        ("Live", history("is live, before the history").posted()),
        ("Live", marked.answered(Purpose::Activities, 200, page)),
        ("Live", missed.after(400)),
        ("Live", both),
        ("Live", live("uploads").uploaded()),
        ("Live", collided_twice()),
    ]
}

fn without_socket() -> Vec<(&'static str, Stand)> {
    let pages = || patient(token()).with_way(Way::Polling);
    let waiting = Stand::new("waits", patient(token())).after(500);
    let polling = Stand::resumed("polls", pages(), "").granted(Purpose::Activities);
    let mut missed = Stand::resumed("polls, missing once", pages(), "7");
    missed = missed.answered(Purpose::Activities, 404, "");
    missed.missed = true;
    vec![
        ("Waiting", waiting.answered(Purpose::Start, 500, "")),
        ("Waiting", live("waits, with a post under way").posted().closed()),
        ("Waiting", offered_none("waits while it polls", "").posted()),
        ("Polling", Stand::resumed("polls for the first time", pages(), "")),
        ("Polling", polling.after(1).posted().after(499)),
        ("Polling", missed.after(400)),
    ]
}

fn at_rest() -> Vec<(&'static str, Stand)> {
    let busy = |name| {
        let live = Stand::resumed(name, patient(token()), "").granted(Purpose::Reconnect);
        live.opened().posted().after(500)
    };
    let pages = patient(token()).with_way(Way::Polling);
    let polling = Stand::resumed("has no token", pages, "7").granted(Purpose::Activities);
    vec![
        ("NeedsToken", polling.after(500).posted().after(500)),
        ("Offline", busy("has no network").with(Input::NetworkDown)),
        ("Ended", busy("has ended").with(Input::Close)),
    ]
}

pub(crate) fn live(name: &'static str) -> Stand {
    Stand::new(name, patient(lasting_token())).granted(Purpose::Start).opened()
}

/// Live, with the history asked for beside the socket.
fn history(name: &'static str) -> Stand {
    Stand::resumed(name, patient(lasting_token()), "").granted(Purpose::Reconnect).opened()
}

/// The attempt that follows at once when a stable socket was lost.
fn lost_when_stable() -> Stand {
    live("reconnects after a loss").posted().after(100).closed()
}

/// Live for the third time in a row, after two collisions.
fn collided_twice() -> Stand {
    let mut stand = live("has collided twice");
    for number in 0..2 {
        let again = stand.collided().after(500);
        let offer = format!(
            r#"{{"conversationId":"c-us","streamUrl":"wss://service.example/s?t=key-again-{number}"}}"#
        );
        stand = again.answered(Purpose::Reconnect, 200, &offer).opened();
    }
    stand
}

/// No socket was offered, so it polls; a page came, with `members` beside the activities, and
/// the next is under way.
fn offered_none(name: &'static str, members: &str) -> Stand {
    let stand = Stand::resumed(name, patient(lasting_token()), "");
    let page = format!("{{\"activities\":[]{members}}}");
    let stand = stand.answered(Purpose::Reconnect, 200, r#"{"conversationId":"c-us"}"#);
    stand.answered(Purpose::Activities, 200, &page).after(1)
}

/// As [`offered_none`], while it asks for a socket once more.
fn probing(name: &'static str, members: &str) -> Stand {
    offered_none(name, members).posted().after(150).with(Input::Woke)
}
