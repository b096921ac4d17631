// @huggingface/transformers' pipeline behind the simplest fastify server; copied beside its own node_modules to run.
// Arguments: folder of the models, name of the model's folder, threads.
import { env, pipeline, RawImage } from '@huggingface/transformers';
import fastify from 'fastify';

const [models, name, threads] = process.argv.slice(2);
env.allowRemoteModels = false;
env.localModelPath = models;
const classify = await pipeline('image-classification', name, {
  dtype: 'fp32',
  session_options: { intraOpNumThreads: Number(threads), interOpNumThreads: 1 },
});
const app = fastify({ bodyLimit: 64 * 2 ** 20 });
app.get('/', () => 'Healthy');
app.post('/score', async ({ body }) => {
  const images = await Promise.all(
    body.input_data.data.map((text) => RawImage.fromBlob(new Blob([Buffer.from(text, 'base64')]))),
  );
  return Promise.all(images.map((image) => classify(image, { top_k: 1000 })));
});
await app.listen({ port: 0, host: '127.0.0.1' });
console.log(JSON.stringify({ port: app.server.address().port }));
