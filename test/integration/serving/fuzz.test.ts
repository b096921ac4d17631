import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { fuzzScoring } from '../../helpers/fuzz-scoring.ts';
import { exchange, postScore } from '../../helpers/http-exchange.ts';
import { cardRequest, pictureText } from '../../helpers/score-requests.ts';
import { startServe } from '../../helpers/serve-process.ts';
import type { ServeProcess } from '../../helpers/serve-process.ts';
import { makeTinyPackage } from '../../helpers/tiny-package.ts';
import type { TinyPackage } from '../../helpers/tiny-package.ts';

/** A slice of `npm run fuzz:scoring`, which sends 200,000. */
const requests = 600;

describe('requests and pictures that are mutated', () => {
  let tiny: TinyPackage;
  let server: ServeProcess;
  beforeAll(async () => {
    tiny = await makeTinyPackage();
    server = await startServe({ model: tiny.directory });
  });
  afterAll(async () => {
    await server.stop();
    await tiny.remove();
  });

  it('are answered, none with 500, and leave nothing behind', async () => {
    const good = cardRequest(await pictureText('waves'));
    const before = (await postScore(server.url, good)).json;
    const { statuses, failures } = await fuzzScoring({ port: server.port, requests, seed: 7 });
    expect(failures).toEqual([]);
    // The mutations reach what they are meant to: pictures that are still read, and pictures that are not.
    expect(statuses['200']).toBeGreaterThan(requests / 20);
    expect(statuses['400']).toBeGreaterThan(requests / 4);
    expect((await postScore(server.url, good)).json).toEqual(before);
    await expect
      .poll(async () => (await exchange(`${server.url}/metrics`)).text)
      .toMatch(/^aml_deit_pictures_admitted 0$.*^aml_deit_body_bytes 0$/ms);
    expect(server.log.filter(({ level }) => level === 'error')).toEqual([]);
    expect((await exchange(`${server.url}/ready`)).status).toBe(200);
    expect(await server.stop()).toEqual({ exitCode: 0, signal: null, stderr: '' });
  });
});
