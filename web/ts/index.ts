// What the package exports: the drop-in for DirectLineJS, and the conversation below it.

export { Conversation } from "./conversation.js";
export { ConnectionStatus, DirectLine, createDirectLine } from "./directline.js";
export type { Activity, Attachment, DirectLineOptions } from "./directline.js";
export type { Observer, Subscription } from "./observable.js";
export type { ConversationOptions } from "./options.js";
export type * from "./types.js";
