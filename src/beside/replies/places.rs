//! Both places where an activity may say that it is part of a stream are read alike, whatever they
//! say there.

use super::read::Said;

const KINDS: [&str; 4] = [r#""message""#, r#""typing""#, r#""event""#, "7"];
const STREAM_KINDS: [&str; 7] = [
    r#""streaming""#,
    r#""informative""#,
    r#""final""#,
    r#""fin\u0061l""#,
    r#""else""#,
    "null",
    "1",
];
const STREAMS: [&str; 6] = ["", r#""s""#, r#""\u0073""#, r#""""#, "null", "7"];
const SEQUENCES: [&str; 8] =
    ["", "3", r#""4""#, "-1", "1.5", "null", r#""""#, "18446744073709551616"];

#[test]
fn channel_data_and_entities_are_read_alike() {
    let member = |name: &str, value: &str| match value {
        "" => String::new(),
        value => format!(r#","{name}":{value}"#),
    };
    let mut parts = 0;
    for kind in KINDS {
        for stream_kind in STREAM_KINDS {
            for stream in STREAMS {
                for sequence in SEQUENCES {
                    let info = member("streamType", stream_kind)
                        + &member("streamId", stream)
                        + &member("streamSequence", sequence);
                    let activity = |place: &str| {
                        format!(r#"{{"type":{kind},"id":"own","text":"so far",{place}}}"#)
                    };
                    let one = activity(&format!(r#""channelData":{{"type":"x"{info}}}"#));
                    let entity = format!(r#"{{"type":"streaminfo"{info}}}"#);
                    for other in [
                        activity(&format!(r#""entities":[{entity}]"#)),
                        activity(&format!(r#""entities":[null,{{}},{entity},7]"#)),
                        activity(&format!(r#""channelData":{{}},"entities":[{entity}]"#)),
                    ] {
                        assert_eq!(Said::of(&one), Said::of(&other), "{one}\n{other}");
                    }
                    let is_part = Said::of(&one).is_some_and(|said| said.part.is_some());
                    parts += usize::from(is_part);
                }
            }
        }
    }
    assert!(parts > 100, "{parts} parts");
}
