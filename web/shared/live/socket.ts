/**
 * One WebSocket to `/live`, from its first frame to its end.
 *
 * It owns the opening (authenticate first, welcome back), the renewal of the token on the open socket, and the
 * heartbeat in both directions: silence is answered by a ping, and a ping that is not answered in time ends the socket,
 * whatever the browser says about it. It knows nothing of conversations and never reconnects by itself.
 */
import { type AccessToken, renewalDelay } from "../api.ts";
import { type Draft, decode, encode } from "../codec.ts";
import {
  type ClientFrame,
  ClientFrameSchema,
  type ServerFrame,
  ServerFrameSchema,
  type Welcome,
} from "../gen/frames.ts";

const SUBPROTOCOL = "parley.v1.proto";
/** How long opening and welcome may take together. */
const OPEN_MS = 10_000;
/** How long any answer to a ping may take. */
const ANSWER_MS = 6_000;
/** The heartbeat where the server names none. */
const HEARTBEAT_MS = 25_000;

/** The close codes of the live protocol that a client acts upon. */
export const CloseCode = { BAD_TOKEN: 4401, REVOKED: 4403, TOO_MANY: 4429, DRAINING: 1012, TRY_LATER: 1013 } as const;

/** What a socket tells its owner. */
export interface SocketEvents {
  welcome(welcome: Welcome): void;
  frame(frame: ServerFrame): void;
  /** Called once. `welcomed` says whether the socket had ever been good. */
  end(code: number, welcomed: boolean): void;
}

/** One live socket. */
export class LiveSocket {
  private readonly socket: WebSocket;
  private readonly events: SocketEvents;
  private readonly token: (fresh: boolean) => Promise<AccessToken>;
  private welcomed = false;
  private ended = false;
  private heartbeatMs = HEARTBEAT_MS;
  private silence: ReturnType<typeof setTimeout> | undefined;
  private deadline: ReturnType<typeof setTimeout> | undefined;
  private renewal: ReturnType<typeof setTimeout> | undefined;

  constructor(url: string, token: (fresh: boolean) => Promise<AccessToken>, fresh: boolean, events: SocketEvents) {
    this.events = events;
    this.token = token;
    this.deadline = setTimeout(() => this.finish(4000), OPEN_MS);
    this.socket = new WebSocket(url, [SUBPROTOCOL]);
    this.socket.binaryType = "arraybuffer";
    this.socket.onopen = () => this.authenticate(fresh);
    this.socket.onmessage = ({ data }) => this.take(data);
    this.socket.onclose = ({ code }) => this.finish(code);
    // An error is always followed by a close, which says all that a page may know.
  }

  /** Sends a frame; returns false where the socket cannot take it. */
  send(frame: Draft<ClientFrame>): boolean {
    if (this.ended || !this.welcomed || this.socket.readyState !== WebSocket.OPEN) return false;
    this.socket.send(encode(ClientFrameSchema, frame));
    return true;
  }

  /** Asks whether the way is open; where no answer comes within `answerMs`, the socket ends. */
  probe(answerMs: number = ANSWER_MS, frameId = "ping"): void {
    if (!this.send({ frameId, ping: {} })) return;
    clearTimeout(this.deadline);
    this.deadline = setTimeout(() => this.finish(4000), answerMs);
  }

  /** Ends the socket; the owner hears of it. */
  end(): void {
    this.finish(1000);
  }

  private async authenticate(fresh: boolean): Promise<void> {
    try {
      const { accessToken } = await this.token(fresh);
      if (this.ended || this.socket.readyState !== WebSocket.OPEN) return;
      this.socket.send(encode(ClientFrameSchema, { frameId: "auth", authenticate: { accessToken } }));
    } catch {
      // Without a token now: on a welcomed socket the old one still holds until the server says otherwise.
      if (!this.welcomed) this.finish(4000);
    }
  }

  private take(data: unknown): void {
    if (this.ended || !(data instanceof ArrayBuffer)) return;
    let frame: ServerFrame;
    try {
      frame = decode(ServerFrameSchema, new Uint8Array(data));
    } catch {
      // A frame that cannot be read means that the two ends disagree; a new socket starts from the cursor.
      this.finish(4000);
      return;
    }
    // Anything that arrives shows that the way is open.
    if (this.welcomed) clearTimeout(this.deadline);
    if (frame.welcome) this.greet(frame.welcome);
    else this.events.frame(frame);
    this.listen();
  }

  private greet(welcome: Welcome): void {
    clearTimeout(this.deadline);
    this.heartbeatMs = welcome.heartbeatMs || HEARTBEAT_MS;
    clearTimeout(this.renewal);
    if (welcome.expireTime > 0) {
      this.renewal = setTimeout(() => this.authenticate(true), renewalDelay(welcome.expireTime));
    }
    if (this.welcomed) return;
    this.welcomed = true;
    this.events.welcome(welcome);
  }

  private listen(): void {
    clearTimeout(this.silence);
    if (this.welcomed && !this.ended) this.silence = setTimeout(() => this.probe(), this.heartbeatMs);
  }

  private finish(code: number): void {
    if (this.ended) return;
    this.ended = true;
    for (const timer of [this.silence, this.deadline, this.renewal]) clearTimeout(timer);
    this.socket.onopen = null;
    this.socket.onmessage = null;
    this.socket.onclose = null;
    // A socket on a dead network may take minutes to close; nobody waits for it.
    this.socket.close();
    this.events.end(code, this.welcomed);
  }
}
