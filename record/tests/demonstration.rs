//! The beginning of the demonstration as `directline replay --write-test` made a test of it: that the file it
//! writes is one that compiles and passes, and that this build does what another one did.

use directline_record::Recording;

#[test]
fn demonstration() {
    // Covers: TM-2
    let recording = Recording::parse(RECORDING).expect("a recording");
    let mut replay = recording.replay();
    let mut told = Vec::new();
    while let Some(moved) = replay.step() {
        let at = moved.at.as_millis();
        if UNTIL.is_some_and(|until| at > until) {
            break;
        }
        for news in moved.found.iter().map(|told| told.value()) {
            let is_news = news.get("event").or_else(|| news.get("misuse")).is_some();
            if is_news && FROM.is_none_or(|from| at >= from) {
                told.push(format!("{at} {news}"));
            }
        }
    }
    for (number, (told, expected)) in told.iter().zip(EXPECTED).enumerate() {
        assert_eq!(told, expected, "event {number}");
    }
    assert_eq!(told.len(), EXPECTED.len(), "{told:#?}");
}

const FROM: Option<u64> = None;
const UNTIL: Option<u64> = Some(60);

/// The moment and what is told. As recorded: change it to what should have been told.
const EXPECTED: &[&str] = &[
    r########"5 {"event":{"joined":{"conversation":"yoZkFmdLUMWKZRAKco6z3F-test"}}}"########,
    r########"7 {"event":{"status":"live"}}"########,
    r########"10 {"event":{"posted":{"key":1795985314554997,"outcome":{"sent":{"id":"yoZkFmdLUMWKZRAKco6z3F-test|0000000"}}}}}"########,
    r########"10 {"event":{"delivered":{"activities":[{"from":"user1","id":"yoZkFmdLUMWKZRAKco6z3F-test|0000000","text":"message 1","type":"message"}],"conversation":"yoZkFmdLUMWKZRAKco6z3F-test","digest":"906eb56f3ff2dc4f31ae8b6d69d8e555","watermark":"0"}}}"########,
    r########"11 {"event":{"delivered":{"activities":[{"from":"testbot","id":"yoZkFmdLUMWKZRAKco6z3F-test|0000001","text":"echo: message 1","type":"message"}],"conversation":"yoZkFmdLUMWKZRAKco6z3F-test","digest":"e03e4ade5b0364232e0720712a014d42","watermark":"1"}}}"########,
    r########"14 {"event":{"posted":{"key":1795985314554998,"outcome":{"sent":{"id":"yoZkFmdLUMWKZRAKco6z3F-test|0000002"}}}}}"########,
    r########"14 {"event":{"delivered":{"activities":[{"from":"user1","id":"yoZkFmdLUMWKZRAKco6z3F-test|0000002","text":"message 2","type":"message"}],"conversation":"yoZkFmdLUMWKZRAKco6z3F-test","digest":"1276cc15d74a6b4ac2b8a806ff070d40","watermark":"2"}}}"########,
    r########"14 {"event":{"delivered":{"activities":[{"from":"testbot","id":"yoZkFmdLUMWKZRAKco6z3F-test|0000003","text":"echo: message 2","type":"message"}],"conversation":"yoZkFmdLUMWKZRAKco6z3F-test","digest":"57378d64fd8e058996370122eb91c4de","watermark":"3"}}}"########,
    r########"17 {"event":{"posted":{"key":1795985314554999,"outcome":{"sent":{"id":"yoZkFmdLUMWKZRAKco6z3F-test|0000004"}}}}}"########,
    r########"17 {"event":{"delivered":{"activities":[{"from":"user1","id":"yoZkFmdLUMWKZRAKco6z3F-test|0000004","text":"message 3","type":"message"}],"conversation":"yoZkFmdLUMWKZRAKco6z3F-test","digest":"ec13ae95e652c47281efd51ed4b39154","watermark":"4"}}}"########,
    r########"17 {"event":{"faulted":{"cause":{"socket_lost":{"closed":{"code":1001,"reason":"demo"}}},"next":{"retries":{"at":35,"attempt":2}}}}}"########,
    r########"17 {"event":{"status":{"waiting":{"until":35}}}}"########,
    r########"36 {"event":{"status":"connecting"}}"########,
    r########"41 {"event":{"status":"live"}}"########,
    r########"41 {"event":{"delivered":{"activities":[{"from":"testbot","id":"yoZkFmdLUMWKZRAKco6z3F-test|0000005","text":"echo: message 3","type":"message"}],"conversation":"yoZkFmdLUMWKZRAKco6z3F-test","digest":"c883969b72e263238e9b39a4fae74225","watermark":"5"}}}"########,
    r########"45 {"event":{"posted":{"key":1795985314555000,"outcome":{"sent":{"id":"yoZkFmdLUMWKZRAKco6z3F-test|0000006"}}}}}"########,
    r########"45 {"event":{"delivered":{"activities":[{"from":"user1","id":"yoZkFmdLUMWKZRAKco6z3F-test|0000006","text":"message 4","type":"message"}],"conversation":"yoZkFmdLUMWKZRAKco6z3F-test","digest":"2d8d59735716c3c62e585eee8554fadc","watermark":"6"}}}"########,
    r########"45 {"event":{"delivered":{"activities":[{"from":"testbot","id":"yoZkFmdLUMWKZRAKco6z3F-test|0000007","text":"echo: message 4","type":"message"}],"conversation":"yoZkFmdLUMWKZRAKco6z3F-test","digest":"965510f58a5166dcfbc8728eb5aaa92c","watermark":"7"}}}"########,
    r########"51 {"event":{"posted":{"key":1795985314555001,"outcome":{"sent":{"id":"yoZkFmdLUMWKZRAKco6z3F-test|0000008"}}}}}"########,
    r########"51 {"event":{"delivered":{"activities":[{"from":"user1","id":"yoZkFmdLUMWKZRAKco6z3F-test|0000008","text":"message 5","type":"message"}],"conversation":"yoZkFmdLUMWKZRAKco6z3F-test","digest":"270d2dc6316703321df1e77e1eb01959","watermark":"8"}}}"########,
    r########"51 {"event":{"delivered":{"activities":[{"from":"testbot","id":"yoZkFmdLUMWKZRAKco6z3F-test|0000009","text":"echo: message 5","type":"message"}],"conversation":"yoZkFmdLUMWKZRAKco6z3F-test","digest":"9da49cd0067a120f94feb3b88f07faf6","watermark":"9"}}}"########,
];

const RECORDING: &str = r########"{"recording":"directline","version":1,"crate":"0.1.0","at":0,"credential":{"secret":"ez66joh3y48uhk590muz3va1seo47vphp1hkqbwjs17"},"config":{"base":"http://127.0.0.1:36467/v3/directline","seed":6335086099245635987,"user":{"id":"user1","name":null},"locale":null,"history":"everything","way":"stream","secret_only":false,"backoff":{"initial":{"secs":0,"nanos":20000000},"max":{"secs":0,"nanos":150000000}},"probe_backoff":{"initial":{"secs":60,"nanos":0},"max":{"secs":1800,"nanos":0}},"retry_after_max":{"secs":300,"nanos":0},"attempts_max":null,"attempts_at_once":1000,"outage_max":null,"stable_after":{"secs":10,"nanos":0},"request_timeout":{"secs":20,"nanos":0},"connect_timeout":{"secs":20,"nanos":0},"stream_url_lifetime":{"secs":60,"nanos":0},"stream_url_margin":null,"keepalive_interval":{"secs":20,"nanos":0},"liveness":"known","poll_interval":{"secs":1,"nanos":0},"collision_wait":{"secs":30,"nanos":0},"collisions_max":3,"handshakes_max":5,"refresh_interval_min":{"secs":0,"nanos":500000000},"frame_bytes_max":16777216,"body_bytes_max":16777216,"seen_ids_max":8192,"posts_max":256,"echo_keys":true,"streamed_answers":false,"keeps_posts":false},"checkpoint":null}
{"out":{"send":{"bearer":"ez66joh3y48uhk590muz3va1seo47vphp1hkqbwjs17","bytes":23,"digest":"19e97631bfbd7176baeca2f9a7a009c2","method":"POST","purpose":"generate","request":0,"url":"http://127.0.0.1:36467/v3/directline/tokens/generate"}}}
{"at":3,"in":{"response":{"request":0,"status":200,"headers":[["content-type","application/json; charset=utf-8"],["date","Sun, 29 Nov 2026 20:48:34 GMT"]],"body":{"text":"{\"conversationId\":\"yoZkFmdLUMWKZRAKco6z3F-test\",\"expires_in\":3600,\"token\":\"ylfa59qnpnzzv0ak20ry.plprw0ov4r7lk5vwme0c3zhjonzl0q4rns9guq7klid\"}"}}}}
{"out":{"send":{"bearer":"ylfa59qnpnzzv0ak20ry.plprw0ov4r7lk5vwme0c3zhjonzl0q4rns9guq7klid","bytes":23,"digest":"19e97631bfbd7176baeca2f9a7a009c2","method":"POST","purpose":"start","request":2,"url":"http://127.0.0.1:36467/v3/directline/conversations"}}}
{"at":5,"in":{"response":{"request":2,"status":201,"headers":[["content-type","application/json; charset=utf-8"],["date","Sun, 29 Nov 2026 20:48:34 GMT"]],"body":{"text":"{\"conversationId\":\"yoZkFmdLUMWKZRAKco6z3F-test\",\"expires_in\":3600,\"referenceGrammarId\":\"00000000-0000-4000-8000-000000000000\",\"streamUrl\":\"ws://127.0.0.1:36467/v3/directline/conversations/yoZkFmdLUMWKZRAKco6z3F-test/stream?watermark=-&t=h616jqupqgqopafwkn7drituqhj93ftzldnmcxo8n5l\",\"token\":\"9we1fffnkks2w4hou5yx.0g23opiwxuzl2ina7owdws60fcn2fns0m97bw5ea6su\"}"}}}}
{"out":{"event":{"joined":{"conversation":"yoZkFmdLUMWKZRAKco6z3F-test"}}}}
{"out":{"open":{"socket":5,"url":"ws://127.0.0.1:36467/v3/directline/conversations/yoZkFmdLUMWKZRAKco6z3F-test/stream?watermark=-&t=h616jqupqgqopafwkn7drituqhj93ftzldnmcxo8n5l"}}}
{"at":5,"in":{"post":{"key":1795985314554997,"activity":"{\"from\":{\"id\":\"user1\"},\"text\":\"message 1\",\"type\":\"message\"}"}}}
{"at":7,"in":{"socket_opened":{"socket":5}}}
{"out":{"send":{"bearer":"9we1fffnkks2w4hou5yx.0g23opiwxuzl2ina7owdws60fcn2fns0m97bw5ea6su","bytes":129,"digest":"66634b5c76185be38e0f3abf1229b8f3","method":"POST","purpose":"post","request":6,"url":"http://127.0.0.1:36467/v3/directline/conversations/yoZkFmdLUMWKZRAKco6z3F-test/activities"}}}
{"out":{"event":{"status":"live"}}}
{"at":10,"in":{"frame":{"socket":5,"text":"{\"activities\":[{\"channelData\":{\"clientActivityID\":\"a5d5ff3f016775596ab2247500000005\"},\"channelId\":\"directline\",\"conversation\":{\"id\":\"yoZkFmdLUMWKZRAKco6z3F-test\"},\"from\":{\"id\":\"user1\"},\"id\":\"yoZkFmdLUMWKZRAKco6z3F-test|0000000\",\"text\":\"message 1\",\"timestamp\":\"2026-11-29T20:48:34.5651502Z\",\"type\":\"message\"}],\"watermark\":\"0\"}"}}}
{"out":{"event":{"posted":{"key":1795985314554997,"outcome":{"sent":{"id":"yoZkFmdLUMWKZRAKco6z3F-test|0000000"}}}}}}
{"out":{"event":{"delivered":{"activities":[{"from":"user1","id":"yoZkFmdLUMWKZRAKco6z3F-test|0000000","text":"message 1","type":"message"}],"conversation":"yoZkFmdLUMWKZRAKco6z3F-test","digest":"906eb56f3ff2dc4f31ae8b6d69d8e555","watermark":"0"}}}}
{"at":11,"in":{"frame":{"socket":5,"text":"{\"activities\":[{\"channelId\":\"directline\",\"conversation\":{\"id\":\"yoZkFmdLUMWKZRAKco6z3F-test\"},\"from\":{\"id\":\"testbot\",\"name\":\"Testbot\",\"role\":\"bot\"},\"id\":\"yoZkFmdLUMWKZRAKco6z3F-test|0000001\",\"replyToId\":\"yoZkFmdLUMWKZRAKco6z3F-test|0000000\",\"text\":\"echo: message 1\",\"timestamp\":\"2026-11-29T20:48:34.5652289Z\",\"type\":\"message\"}],\"watermark\":\"1\"}"}}}
{"out":{"event":{"delivered":{"activities":[{"from":"testbot","id":"yoZkFmdLUMWKZRAKco6z3F-test|0000001","text":"echo: message 1","type":"message"}],"conversation":"yoZkFmdLUMWKZRAKco6z3F-test","digest":"e03e4ade5b0364232e0720712a014d42","watermark":"1"}}}}
{"at":11,"in":{"post":{"key":1795985314554998,"activity":"{\"from\":{\"id\":\"user1\"},\"text\":\"message 2\",\"type\":\"message\"}"}}}
{"at":12,"in":{"response":{"request":6,"status":200,"headers":[["content-type","application/json; charset=utf-8"],["date","Sun, 29 Nov 2026 20:48:34 GMT"]],"body":{"text":"{\"id\":\"yoZkFmdLUMWKZRAKco6z3F-test|0000000\"}"}}}}
{"out":{"send":{"bearer":"9we1fffnkks2w4hou5yx.0g23opiwxuzl2ina7owdws60fcn2fns0m97bw5ea6su","bytes":129,"digest":"b83b1152977cee3cc28c8f83be69bd25","method":"POST","purpose":"post","request":8,"url":"http://127.0.0.1:36467/v3/directline/conversations/yoZkFmdLUMWKZRAKco6z3F-test/activities"}}}
{"at":14,"in":{"frame":{"socket":5,"text":"{\"activities\":[{\"channelData\":{\"clientActivityID\":\"b563d2bd12d261926ab224760000000b\"},\"channelId\":\"directline\",\"conversation\":{\"id\":\"yoZkFmdLUMWKZRAKco6z3F-test\"},\"from\":{\"id\":\"user1\"},\"id\":\"yoZkFmdLUMWKZRAKco6z3F-test|0000002\",\"text\":\"message 2\",\"timestamp\":\"2026-11-29T20:48:34.5685164Z\",\"type\":\"message\"}],\"watermark\":\"2\"}"}}}
{"out":{"event":{"posted":{"key":1795985314554998,"outcome":{"sent":{"id":"yoZkFmdLUMWKZRAKco6z3F-test|0000002"}}}}}}
{"out":{"event":{"delivered":{"activities":[{"from":"user1","id":"yoZkFmdLUMWKZRAKco6z3F-test|0000002","text":"message 2","type":"message"}],"conversation":"yoZkFmdLUMWKZRAKco6z3F-test","digest":"1276cc15d74a6b4ac2b8a806ff070d40","watermark":"2"}}}}
{"at":14,"in":{"frame":{"socket":5,"text":"{\"activities\":[{\"channelId\":\"directline\",\"conversation\":{\"id\":\"yoZkFmdLUMWKZRAKco6z3F-test\"},\"from\":{\"id\":\"testbot\",\"name\":\"Testbot\",\"role\":\"bot\"},\"id\":\"yoZkFmdLUMWKZRAKco6z3F-test|0000003\",\"replyToId\":\"yoZkFmdLUMWKZRAKco6z3F-test|0000002\",\"text\":\"echo: message 2\",\"timestamp\":\"2026-11-29T20:48:34.5685857Z\",\"type\":\"message\"}],\"watermark\":\"3\"}"}}}
{"out":{"event":{"delivered":{"activities":[{"from":"testbot","id":"yoZkFmdLUMWKZRAKco6z3F-test|0000003","text":"echo: message 2","type":"message"}],"conversation":"yoZkFmdLUMWKZRAKco6z3F-test","digest":"57378d64fd8e058996370122eb91c4de","watermark":"3"}}}}
{"at":15,"in":{"post":{"key":1795985314554999,"activity":"{\"from\":{\"id\":\"user1\"},\"text\":\"message 3\",\"type\":\"message\"}"}}}
{"at":15,"in":{"response":{"request":8,"status":200,"headers":[["content-type","application/json; charset=utf-8"],["date","Sun, 29 Nov 2026 20:48:34 GMT"]],"body":{"text":"{\"id\":\"yoZkFmdLUMWKZRAKco6z3F-test|0000002\"}"}}}}
{"out":{"send":{"bearer":"9we1fffnkks2w4hou5yx.0g23opiwxuzl2ina7owdws60fcn2fns0m97bw5ea6su","bytes":129,"digest":"4778b9552ebc432f542a6b4427138dc3","method":"POST","purpose":"post","request":10,"url":"http://127.0.0.1:36467/v3/directline/conversations/yoZkFmdLUMWKZRAKco6z3F-test/activities"}}}
{"at":17,"in":{"frame":{"socket":5,"text":"{\"activities\":[{\"channelData\":{\"clientActivityID\":\"71c5ec009acc67ac6ab224770000000f\"},\"channelId\":\"directline\",\"conversation\":{\"id\":\"yoZkFmdLUMWKZRAKco6z3F-test\"},\"from\":{\"id\":\"user1\"},\"id\":\"yoZkFmdLUMWKZRAKco6z3F-test|0000004\",\"text\":\"message 3\",\"timestamp\":\"2026-11-29T20:48:34.5715359Z\",\"type\":\"message\"}],\"watermark\":\"4\"}"}}}
{"out":{"event":{"posted":{"key":1795985314554999,"outcome":{"sent":{"id":"yoZkFmdLUMWKZRAKco6z3F-test|0000004"}}}}}}
{"out":{"event":{"delivered":{"activities":[{"from":"user1","id":"yoZkFmdLUMWKZRAKco6z3F-test|0000004","text":"message 3","type":"message"}],"conversation":"yoZkFmdLUMWKZRAKco6z3F-test","digest":"ec13ae95e652c47281efd51ed4b39154","watermark":"4"}}}}
{"at":17,"in":{"socket_closed":{"socket":5,"reason":{"closed":{"code":1001,"reason":"demo"}}}}}
{"out":{"event":{"faulted":{"cause":{"socket_lost":{"closed":{"code":1001,"reason":"demo"}}},"next":{"retries":{"at":35,"attempt":2}}}}}}
{"out":{"event":{"status":{"waiting":{"until":35}}}}}
{"at":18,"in":{"response":{"request":10,"status":200,"headers":[["content-type","application/json; charset=utf-8"],["date","Sun, 29 Nov 2026 20:48:34 GMT"]],"body":{"text":"{\"id\":\"yoZkFmdLUMWKZRAKco6z3F-test|0000004\"}"}}}}
{"at":36,"in":"timeout"}
{"out":{"send":{"bearer":"9we1fffnkks2w4hou5yx.0g23opiwxuzl2ina7owdws60fcn2fns0m97bw5ea6su","bytes":0,"digest":"08a0854efa7fe33e03015b83c93bc719","method":"GET","purpose":"reconnect","request":12,"url":"http://127.0.0.1:36467/v3/directline/conversations/yoZkFmdLUMWKZRAKco6z3F-test?watermark=4"}}}
{"out":{"event":{"status":"connecting"}}}
{"at":39,"in":{"response":{"request":12,"status":200,"headers":[["content-type","application/json; charset=utf-8"],["date","Sun, 29 Nov 2026 20:48:34 GMT"]],"body":{"text":"{\"conversationId\":\"yoZkFmdLUMWKZRAKco6z3F-test\",\"expires_in\":3600,\"streamUrl\":\"ws://127.0.0.1:36467/v3/directline/conversations/yoZkFmdLUMWKZRAKco6z3F-test/stream?watermark=4&t=xkeye8f3gjp37tz9drv3lrehp7flddgnghac7kro98n\",\"token\":\"7wvcjk2nlmu8j8blysxc.kelnfwujnb986k580yqrx01zdpj7bumj1ah3gxe0rjs\"}"}}}}
{"out":{"open":{"socket":15,"url":"ws://127.0.0.1:36467/v3/directline/conversations/yoZkFmdLUMWKZRAKco6z3F-test/stream?watermark=4&t=xkeye8f3gjp37tz9drv3lrehp7flddgnghac7kro98n"}}}
{"at":41,"in":{"socket_opened":{"socket":15}}}
{"out":{"event":{"status":"live"}}}
{"at":41,"in":{"frame":{"socket":15,"text":"{\"activities\":[{\"channelId\":\"directline\",\"conversation\":{\"id\":\"yoZkFmdLUMWKZRAKco6z3F-test\"},\"from\":{\"id\":\"testbot\",\"name\":\"Testbot\",\"role\":\"bot\"},\"id\":\"yoZkFmdLUMWKZRAKco6z3F-test|0000005\",\"replyToId\":\"yoZkFmdLUMWKZRAKco6z3F-test|0000004\",\"text\":\"echo: message 3\",\"timestamp\":\"2026-11-29T20:48:34.5716034Z\",\"type\":\"message\"}],\"watermark\":\"5\"}"}}}
{"out":{"event":{"delivered":{"activities":[{"from":"testbot","id":"yoZkFmdLUMWKZRAKco6z3F-test|0000005","text":"echo: message 3","type":"message"}],"conversation":"yoZkFmdLUMWKZRAKco6z3F-test","digest":"c883969b72e263238e9b39a4fae74225","watermark":"5"}}}}
{"at":42,"in":{"frame":{"socket":15,"text":"{\"activities\":[{\"channelId\":\"directline\",\"conversation\":{\"id\":\"yoZkFmdLUMWKZRAKco6z3F-test\"},\"from\":{\"id\":\"testbot\",\"name\":\"Testbot\",\"role\":\"bot\"},\"id\":\"yoZkFmdLUMWKZRAKco6z3F-test|0000005\",\"replyToId\":\"yoZkFmdLUMWKZRAKco6z3F-test|0000004\",\"text\":\"echo: message 3\",\"timestamp\":\"2026-11-29T20:48:34.5716034Z\",\"type\":\"message\"}],\"watermark\":\"5\"}"}}}
{"at":42,"in":{"post":{"key":1795985314555000,"activity":"{\"from\":{\"id\":\"user1\"},\"text\":\"message 4\",\"type\":\"message\"}"}}}
{"out":{"send":{"bearer":"7wvcjk2nlmu8j8blysxc.kelnfwujnb986k580yqrx01zdpj7bumj1ah3gxe0rjs","bytes":129,"digest":"e102bc42a36bd5c0844b673892e9264c","method":"POST","purpose":"post","request":16,"url":"http://127.0.0.1:36467/v3/directline/conversations/yoZkFmdLUMWKZRAKco6z3F-test/activities"}}}
{"at":45,"in":{"frame":{"socket":15,"text":"{\"activities\":[{\"channelData\":{\"clientActivityID\":\"0eeed969d7881d536ab224780000002a\"},\"channelId\":\"directline\",\"conversation\":{\"id\":\"yoZkFmdLUMWKZRAKco6z3F-test\"},\"from\":{\"id\":\"user1\"},\"id\":\"yoZkFmdLUMWKZRAKco6z3F-test|0000006\",\"text\":\"message 4\",\"timestamp\":\"2026-11-29T20:48:34.5992016Z\",\"type\":\"message\"}],\"watermark\":\"6\"}"}}}
{"out":{"event":{"posted":{"key":1795985314555000,"outcome":{"sent":{"id":"yoZkFmdLUMWKZRAKco6z3F-test|0000006"}}}}}}
{"out":{"event":{"delivered":{"activities":[{"from":"user1","id":"yoZkFmdLUMWKZRAKco6z3F-test|0000006","text":"message 4","type":"message"}],"conversation":"yoZkFmdLUMWKZRAKco6z3F-test","digest":"2d8d59735716c3c62e585eee8554fadc","watermark":"6"}}}}
{"at":45,"in":{"frame":{"socket":15,"text":"{\"activities\":[{\"channelId\":\"directline\",\"conversation\":{\"id\":\"yoZkFmdLUMWKZRAKco6z3F-test\"},\"from\":{\"id\":\"testbot\",\"name\":\"Testbot\",\"role\":\"bot\"},\"id\":\"yoZkFmdLUMWKZRAKco6z3F-test|0000007\",\"replyToId\":\"yoZkFmdLUMWKZRAKco6z3F-test|0000006\",\"text\":\"echo: message 4\",\"timestamp\":\"2026-11-29T20:48:34.5992795Z\",\"type\":\"message\"}],\"watermark\":\"7\"}"}}}
{"out":{"event":{"delivered":{"activities":[{"from":"testbot","id":"yoZkFmdLUMWKZRAKco6z3F-test|0000007","text":"echo: message 4","type":"message"}],"conversation":"yoZkFmdLUMWKZRAKco6z3F-test","digest":"965510f58a5166dcfbc8728eb5aaa92c","watermark":"7"}}}}
{"at":46,"in":{"post":{"key":1795985314555001,"activity":"{\"from\":{\"id\":\"user1\"},\"text\":\"message 5\",\"type\":\"message\"}"}}}
{"at":47,"in":{"response":{"request":16,"status":200,"headers":[["content-type","application/json; charset=utf-8"],["date","Sun, 29 Nov 2026 20:48:34 GMT"]],"body":{"text":"{\"id\":\"yoZkFmdLUMWKZRAKco6z3F-test|0000006\"}"}}}}
{"out":{"send":{"bearer":"7wvcjk2nlmu8j8blysxc.kelnfwujnb986k580yqrx01zdpj7bumj1ah3gxe0rjs","bytes":129,"digest":"dca4bb2eeaf5c06c871c74c3c25b4950","method":"POST","purpose":"post","request":18,"url":"http://127.0.0.1:36467/v3/directline/conversations/yoZkFmdLUMWKZRAKco6z3F-test/activities"}}}
{"at":51,"in":{"frame":{"socket":15,"text":"{\"activities\":[{\"channelData\":{\"clientActivityID\":\"915de07e7e261f4f6ab224790000002e\"},\"channelId\":\"directline\",\"conversation\":{\"id\":\"yoZkFmdLUMWKZRAKco6z3F-test\"},\"from\":{\"id\":\"user1\"},\"id\":\"yoZkFmdLUMWKZRAKco6z3F-test|0000008\",\"text\":\"message 5\",\"timestamp\":\"2026-11-29T20:48:34.6045873Z\",\"type\":\"message\"}],\"watermark\":\"8\"}"}}}
{"out":{"event":{"posted":{"key":1795985314555001,"outcome":{"sent":{"id":"yoZkFmdLUMWKZRAKco6z3F-test|0000008"}}}}}}
{"out":{"event":{"delivered":{"activities":[{"from":"user1","id":"yoZkFmdLUMWKZRAKco6z3F-test|0000008","text":"message 5","type":"message"}],"conversation":"yoZkFmdLUMWKZRAKco6z3F-test","digest":"270d2dc6316703321df1e77e1eb01959","watermark":"8"}}}}
{"at":51,"in":{"frame":{"socket":15,"text":"{\"activities\":[{\"channelId\":\"directline\",\"conversation\":{\"id\":\"yoZkFmdLUMWKZRAKco6z3F-test\"},\"from\":{\"id\":\"testbot\",\"name\":\"Testbot\",\"role\":\"bot\"},\"id\":\"yoZkFmdLUMWKZRAKco6z3F-test|0000009\",\"replyToId\":\"yoZkFmdLUMWKZRAKco6z3F-test|0000008\",\"text\":\"echo: message 5\",\"timestamp\":\"2026-11-29T20:48:34.6046678Z\",\"type\":\"message\"}],\"watermark\":\"9\"}"}}}
{"out":{"event":{"delivered":{"activities":[{"from":"testbot","id":"yoZkFmdLUMWKZRAKco6z3F-test|0000009","text":"echo: message 5","type":"message"}],"conversation":"yoZkFmdLUMWKZRAKco6z3F-test","digest":"9da49cd0067a120f94feb3b88f07faf6","watermark":"9"}}}}
{"at":52,"in":{"post":{"key":1795985314555002,"activity":"{\"from\":{\"id\":\"user1\"},\"text\":\"message 6\",\"type\":\"message\"}"}}}
{"at":52,"in":{"response":{"request":18,"status":200,"headers":[["content-type","application/json; charset=utf-8"],["date","Sun, 29 Nov 2026 20:48:34 GMT"]],"body":{"text":"{\"id\":\"yoZkFmdLUMWKZRAKco6z3F-test|0000008\"}"}}}}
{"out":{"send":{"bearer":"7wvcjk2nlmu8j8blysxc.kelnfwujnb986k580yqrx01zdpj7bumj1ah3gxe0rjs","bytes":129,"digest":"f3e8fb0cb9f654a45eb3f85ea10503d4","method":"POST","purpose":"post","request":20,"url":"http://127.0.0.1:36467/v3/directline/conversations/yoZkFmdLUMWKZRAKco6z3F-test/activities"}}}
"########;
