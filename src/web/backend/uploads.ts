import { formatNpy } from '../../io/npy.js';
import type { FileView } from '../../studio/api.js';
import type { Tensor } from '../../tensor/tensor.js';
import { Refused, reach } from './server-answer.js';

/** What has been sent to a server, each thing once. */
export class Uploads {
  private sent = new WeakMap<object, Promise<string>>();

  /** @param address of the server, which ends in `/` */
  constructor(private readonly address: string) {}

  /** The id of a tensor on the server, as NPY. @param name what the user calls it */
  tensor(x: Tensor, name: string): Promise<string> {
    let id = this.sent.get(x.data);
    if (id === undefined) {
      id = this.file(new File([formatNpy(x) as Uint8Array<ArrayBuffer>], name)).then((view) => view.id);
      this.sent.set(x.data, id);
      id.catch(() => this.sent.delete(x.data)); // a second attempt tries again
    }
    return id;
  }

  /** That a tensor is there already. */
  know(x: Tensor, id: string): void {
    this.sent.set(x.data, Promise.resolve(id));
  }

  forget(): void {
    this.sent = new WeakMap();
  }

  /** @throws Refused or Error with a sentence */
  async file(file: File): Promise<FileView> {
    const url = `${this.address}api/files?name=${encodeURIComponent(file.name)}`;
    const response = await reach(fetch(url, { method: 'POST', body: file }));
    if (!response.ok) throw await Refused.of(response);
    return response.json();
  }
}
