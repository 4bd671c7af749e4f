// Asks a web seed for one byte of a file, as clients will ask for pieces: whether it has the file and answers ranges.

const withinMs = 10_000;

/**
 * @param url address of a file below the web seed @param length its bytes
 * @returns a sentence about what is wrong, or null
 */
export async function webSeedProblem(url: string, length: number): Promise<string | null> {
  const controller = new AbortController();
  const timer = setTimeout(() => controller.abort(), withinMs);
  try {
    const answer = await fetch(url, { headers: { 'Range': 'bytes=0-0', 'Accept-Encoding': 'identity' }, signal: controller.signal });
    await answer.body?.cancel();
    if (answer.status === 200) return `${url} answers with the whole file when asked for a part of it. Clients would download it many times over: turn on range requests.`;
    if (answer.status !== 206) return `${url} answers with ${answer.status}. Put the files there before people come.`;
    const whole = /^bytes 0-0\/(\d+|\*)$/.exec(answer.headers.get('content-range') ?? '')?.[1];
    if (whole === undefined) return `${url} does not say which part of the file it sends.`;
    return whole === '*' || Number(whole) === length ? null : `${url} has ${whole} bytes, and the package says ${length}. It is another version of the file.`;
  } catch (error) {
    const { cause } = error as Error & { cause?: { code?: string } };
    return `${url} cannot be reached (${controller.signal.aborted ? 'no answer' : cause?.code ?? (error as Error).message}).`;
  } finally {
    clearTimeout(timer);
  }
}

/** The address of a file below a web seed (BEP 19). @param seed with its slash at the end @param path '/' between the parts */
export function webSeedFile(seed: string, folderName: string, path: string): string {
  return seed + [folderName, ...path.split('/')].map(encodeURIComponent).join('/');
}
