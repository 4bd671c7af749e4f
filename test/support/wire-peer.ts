// A peer that a test speaks for, over a real socket: handshake, extended handshake and extended messages (BEP 3, 10), nothing else.
import net from 'node:net';
import { decodeBounded, encode } from 'bencode';

export class WirePeer {
  readonly socket: net.Socket;
  /** Names and numbers of the other side's extensions, as of its last extended handshake that named them. */
  readonly theirs: Record<string, number> = {};
  /** Extended messages by the name that we gave them. */
  readonly heard: { name: string; payload: Uint8Array }[] = [];
  closed = false;
  #bytes = Buffer.alloc(0);
  #greeted = false;
  readonly #names: Record<string, number>;

  /** @param extensions our numbers for the extensions that we speak */
  constructor(socket: net.Socket, infoHash: string, extensions: Record<string, number> = { ut_pex: 7 }, peerId = `-XX0001-${Math.random().toString().slice(2, 14).padEnd(12, '0')}`) {
    this.socket = socket;
    this.#names = extensions;
    socket.on('error', () => {});
    socket.on('close', () => (this.closed = true));
    socket.on('data', (chunk) => this.#read(chunk));
    const reserved = Buffer.alloc(8);
    reserved[5] = 0x10;
    socket.write(Buffer.concat([Buffer.from('\x13BitTorrent protocol', 'latin1'), reserved, Buffer.from(infoHash, 'hex'), Buffer.from(peerId, 'latin1')]));
  }

  static async connect(port: number, infoHash: string, { host = '127.0.0.1', from = '127.0.0.1', extensions = { ut_pex: 7 } as Record<string, number> } = {}): Promise<WirePeer> {
    const socket = net.connect({ port, host, localAddress: from });
    await new Promise<void>((resolve, reject) => socket.once('connect', resolve).once('error', reject));
    return new WirePeer(socket, infoHash, extensions);
  }

  /** @param name one of `theirs`; a number is used as it is */
  say(name: string | number, payload: Uint8Array | object): void {
    const id = typeof name === 'number' ? name : this.theirs[name] ?? 0;
    const body = payload instanceof Uint8Array ? payload : encode(payload);
    const header = Buffer.alloc(6);
    header.writeUInt32BE(body.length + 2, 0);
    header[4] = 20;
    header[5] = id;
    this.socket.write(Buffer.concat([header, body]));
  }

  close(): void {
    this.socket.destroy();
  }

  #read(chunk: Buffer): void {
    this.#bytes = Buffer.concat([this.#bytes, chunk]);
    if (!this.#greeted) {
      if (this.#bytes.length < 68) return;
      this.#greeted = true;
      this.#bytes = this.#bytes.subarray(68);
      this.say(0, { m: this.#names, p: 6881 });
    }
    while (this.#bytes.length >= 4 && this.#bytes.length >= 4 + this.#bytes.readUInt32BE(0)) {
      const message = this.#bytes.subarray(4, 4 + this.#bytes.readUInt32BE(0));
      this.#bytes = this.#bytes.subarray(4 + message.length);
      if (message[0] === 20 && message.length > 1) this.#extended(message[1]!, Buffer.from(message.subarray(2)));
    }
  }

  #extended(id: number, payload: Buffer): void {
    if (id !== 0) {
      const name = Object.keys(this.#names).find((one) => this.#names[one] === id) ?? String(id);
      this.heard.push({ name, payload });
      return;
    }
    const { m } = decodeBounded(payload).value as { m?: Record<string, number> };
    Object.assign(this.theirs, m);
    this.heard.push({ name: 'handshake', payload });
  }
}
