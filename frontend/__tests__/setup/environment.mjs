import { TestEnvironment } from 'jest-environment-jsdom';

/** Does not keep a test process alive. */
class QuietChannel extends BroadcastChannel {
  constructor(name) {
    super(name);
    this.unref();
  }
}

/** jsdom with what Node has and browsers have, but jsdom lacks. */
export default class BrowserLikeEnvironment extends TestEnvironment {
  constructor(...options) {
    super(...options);
    Object.assign(this.global, {
      fetch,
      Request,
      Response,
      Headers,
      FormData: this.global.FormData,
      TextEncoder,
      TextDecoder,
      ReadableStream,
      WritableStream,
      TransformStream,
      BroadcastChannel: QuietChannel,
      structuredClone,
    });
  }
}
