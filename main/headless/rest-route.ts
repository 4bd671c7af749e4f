// What a route of the REST face is, and what several of them share.
import { z } from 'zod';
import type { RequestName } from '../../contract/index.ts';

/** What a handler may do: ask as any client asks, and turn a typed folder into a handle. Both throw ContractError. */
export interface RestContext {
  ask(name: RequestName, input: unknown): Promise<any>;
  folderHandle(path: string | undefined): Promise<string | undefined>;
}

export interface RestCall { params: Record<string, string>; query: any; body: any }

export interface RestRoute {
  method: 'GET' | 'POST' | 'PUT' | 'PATCH' | 'DELETE';
  /** Below /api/v1, with `{id}` for a part. */
  path: string;
  operationId: string;
  summary: string;
  query?: z.ZodObject;
  body?: z.ZodType;
  /** Also taken as the raw bytes of a file, which go into this field in base64; the body's other fields are then in the query. */
  rawBody?: { types: string[]; field: string; maxBytes: number };
  /** Answers with the bytes of the file that `run` names, by ranges where asked; errors as everywhere. */
  fileContent?: boolean;
  /** Answers (also) with text of these types: `run` gives a `TextAnswer`. */
  textTypes?: string[];
  /** Absent: 204 without a body. */
  response?: z.ZodType;
  successStatus?: 200 | 201 | 202 | 204;
  maxBodyBytes?: number;
  run(context: RestContext, call: RestCall): Promise<unknown>;
}

/** Text of another kind than JSON, or a file to keep. */
export class TextAnswer {
  readonly contentType: string;
  readonly text: string;
  readonly fileName: string;

  constructor(contentType: string, text: string, fileName: string) {
    this.contentType = contentType;
    this.text = text;
    this.fileName = fileName;
  }
}

export const Folder = z.string().min(1).max(4000).describe('Complete path of a folder below the download folder or one that the operator allowed');

/** The summary of one package. */
export const findPackage = async (context: RestContext, id: string) => {
  const { packages } = await context.ask('session.snapshot', {});
  const found = packages.find((p: { id: string }) => p.id === id);
  // Asked for what is not there, the core names the error.
  return found ?? context.ask('packages.detail', { id });
};
