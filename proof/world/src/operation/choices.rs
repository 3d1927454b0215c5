//! CHOICES: what an operation may say, each list with numbers that never change.

/// A list of choices, each with a number that never changes.
macro_rules! numbered {
    ($(#[$doc:meta])+ $name:ident { $($variant:ident = $number:literal),+ $(,)? }) => {
        $(#[$doc])+
        #[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
        pub enum $name { $($variant = $number),+ }

        impl $name {
            pub const ALL: &'static [$name] = &[$($name::$variant),+];

            pub fn name(self) -> &'static str {
                match self { $($name::$variant => stringify!($variant),)+ }
            }

            pub(super) fn decode(number: u8) -> Option<$name> {
                match number { $($number => Some($name::$variant),)+ _ => None }
            }
        }
    };
}

numbered! {
    /// What the bot says.
    Saying {
        Message = 0, IdlessMessage = 1, Typing = 2, Update = 3, EndOfConversation = 4, Long = 5,
        Shuffled = 6, Odd = 7,
    }
}

numbered! {
    /// What becomes of the socket in use.
    SocketFate {
        Closed = 0, Collision = 1, Broken = 2, Reset = 3, HalfOpen = 4, TooLarge = 5,
        Unreadable = 6,
    }
}

numbered! {
    /// Which requests a fate is for.
    Target {
        Any = 0, Generate = 1, Start = 2, Reconnect = 3, Refresh = 4, Activities = 5, Post = 6,
    }
}

numbered! {
    /// What becomes of the next request of a kind.
    RequestFate {
        Status = 0, NotSent = 1, Broken = 2, RequestLost = 3, AnswerLost = 4, Slow = 5,
        TooLarge = 6, EmptyBody = 7, CutBody = 8, HtmlBody = 9, ArrayBody = 10, BinaryBody = 11,
        OtherConversation = 12, NoConversation = 13, WatermarkRefused = 14, NullBody = 15,
        TimedOut = 16, Twice = 17, Stranger = 18, Marked = 19,
    }
}

numbered! {
    /// What the next stream URL looks like.
    UrlKind {
        Https = 0, Escaped = 1, Relative = 2, Empty = 3, Missing = 4, Null = 5, Insecure = 6,
        Garbage = 7, Repeated = 8, ShortLived = 9, OtherHost = 10, Older = 11,
    }
}

numbered! {
    /// What becomes of the next handshake.
    HandshakeFate {
        Refused400 = 0, Refused401 = 1, Refused403 = 2, Refused = 3, Slow = 4, Never = 5,
        OpenUntold = 6, Refused502 = 7, ClosedAtOnce = 8,
    }
}

numbered! {
    /// What the next frame is like, or what comes before it.
    FrameKind {
        Blank = 0, Space = 1, Null = 2, Array = 3, UnknownRoot = 4, WatermarkOnly = 5,
        NullActivities = 6, Garbage = 7, Cut = 8, BadElements = 9, Garbled = 10, Oversize = 11,
        ExtraRoot = 12, Spaced = 13, Swapped = 14, Deep = 15, WrongActivities = 16, Marked = 17,
    }
}

numbered! {
    /// What the next set says about the watermark.
    WatermarkKind {
        Null = 0, Missing = 1, Empty = 2, Number = 3, Stale = 4, Unusable = 5, First = 6,
        TooLong = 7,
    }
}

numbered! {
    /// How the next stream begins.
    ReplayKind { Overlap = 0, FromStart = 1, OneSet = 2, OneByOne = 3, Twice = 4 }
}

numbered! {
    /// What becomes of tokens.
    TokenFate {
        RevokeAll = 0, LifetimeMissing = 1, LifetimeZero = 2, LifetimeNegative = 3,
        LifetimeText = 4, LifetimeFraction = 5, LifetimeHuge = 6, LifetimeShort = 7,
        TokenMissing = 8, TokenNull = 9, DiesEarly = 10, LifetimeCamel = 11, LifetimeSecond = 12,
        LifetimeSeconds = 13, LifetimeWritten = 14,
    }
}

numbered! {
    /// A setting of a run, beyond the bytes of its setup.
    Setting {
        OnlyNew = 0, AttemptsMax = 1, OutageMax = 2, SeenIdsMax = 3, KeepsPosts = 4, PostsMax = 5,
        Keepalive = 6, Liveness = 7, Ids = 8, SetMax = 9, Page = 10, TokenLifetime = 11,
        PollInterval = 12, RetryAfterMax = 13, RestartsMarks = 14, AttemptsAtOnce = 15,
        Stamps = 16, TokenSeconds = 17, RefreshIntervalMin = 18,
    }
}

numbered! {
    /// What the host does.
    HostCall { Timeout = 0, Woke = 1, Down = 2, Up = 3, NewToken = 4, Backwards = 5, Close = 6 }
}

numbered! {
    /// What becomes of the service's clock, or of the next timestamp that it writes.
    ClockFate {
        Future = 0, Past = 1, Ahead = 2, Back = 3, Unsaid = 4, Unreadable = 5, Written = 6,
    }
}

numbered! {
    /// What an angry host does, many times.
    Anger {
        All = 0, Wakes = 1, Flaps = 2, Tokens = 3, Timeouts = 4, Posts = 5, Closes = 6,
    }
}

numbered! {
    /// A setting of the machine that a run may have at its least or at its most.
    Bound {
        BackoffFirst = 0, BackoffMax = 1, ProbeFirst = 2, ProbeMax = 3, RetryAfterMax = 4,
        AttemptsMax = 5, AttemptsAtOnce = 6, OutageMax = 7, StableAfter = 8, RequestTimeout = 9,
        ConnectTimeout = 10, UrlLifetime = 11, UrlMargin = 12, Keepalive = 13, Liveness = 14,
        PollInterval = 15, CollisionWait = 16, CollisionsMax = 17, HandshakesMax = 18,
        RefreshIntervalMin = 19, FrameBytesMax = 20, BodyBytesMax = 21, SeenIdsMax = 22,
        PostsMax = 23,
    }
}
