import { scoringRoutes } from '../io/index.ts';
import { answerForms } from './answer-form.ts';
import type { AnswerForm } from './answer-form.ts';
import { profileNames } from './read-parameters.ts';
import { ScoringError } from './scoring-error.ts';
import type { ServingSettings } from './serving-settings.ts';

const versions = ['2', '2.0', '3', '3.0', '3.1'] as const;

const picture = 'base64, a data URI or an http(s) address';
const text = { type: 'string', minLength: 1, description: picture };

/** The card's request: what is described where a schema can have one form only. */
const cardInput = {
  type: 'object',
  required: ['columns', 'data'],
  properties: {
    columns: { type: 'array', items: { type: 'string', enum: ['image'] }, minItems: 1, maxItems: 1 },
    index: { type: 'array', items: { type: 'integer' } },
    data: { type: 'array', items: text, minItems: 1 },
  },
};

const parameters = {
  type: 'object',
  additionalProperties: false,
  properties: {
    top_k: { type: 'integer', minimum: 1 },
    threshold: { type: 'number', minimum: 0, maximum: 1 },
    profile: { type: 'string', enum: profileNames },
    on_error: { type: 'string', enum: ['fail', 'null'] },
    answer: { type: 'string', enum: answerForms },
  },
};

const example = { input_data: { columns: ['image'], index: [0], data: ['https://example.com/can.jpg'] } };

const cardRow = {
  type: 'object',
  required: ['probs', 'labels'],
  properties: {
    probs: { type: 'array', items: { type: 'number' } },
    labels: { type: 'array', items: { type: 'string' } },
  },
};

const pair = {
  type: 'object',
  required: ['label', 'score'],
  properties: { label: { type: 'string' }, score: { type: 'number' } },
};

/** An element of the answer, in each form. */
const rows: Readonly<Record<AnswerForm, object>> = {
  probs: cardRow,
  label_score: { type: 'object', additionalProperties: pair },
  label_score_list: { type: 'array', items: pair },
};

const onePicture =
  'One element a picture; null for one that could not be read, where params.on_error asks for that.';

const failure = { type: 'object', properties: { message: { type: 'string' } } };

/**
 * The document of `/swagger.json`: of Swagger 2.0 (the default, which knows one form only: the card's request, and the
 * answer that this server gives where a request does not say), OpenAPI 3.0 or 3.1.
 *
 * @throws ScoringError 404 for another version, as Azure ML's inference server answers
 */
export function swaggerDocument(
  version: string,
  { service, answer }: Pick<ServingSettings, 'service' | 'answer'>,
): object {
  if (!versions.some((known) => known === version)) {
    throw new ScoringError(
      404,
      `there is no Swagger of version "${version.slice(0, 20)}", expected one of ${versions.join(', ')}`,
    );
  }
  const info = {
    title: service.name,
    description: 'Classifies pictures. Every error is {"message": …}.',
    version: service.version,
  };
  const prefix = service.pathPrefix === '' ? '' : `/${service.pathPrefix}`;
  return version.startsWith('2')
    ? swagger2(info, prefix, rows[answer])
    : openApi3(info, prefix, version === '3.1');
}

function swagger2(info: object, prefix: string, row: object): object {
  const answers = (good: object): object => ({
    200: good,
    default: { description: 'Why not.', schema: { $ref: '#/definitions/ErrorResponse' } },
  });
  return {
    swagger: '2.0',
    info,
    schemes: ['https'],
    consumes: ['application/json'],
    produces: ['application/json'],
    securityDefinitions: {
      Bearer: { type: 'apiKey', name: 'Authorization', in: 'header', description: 'Bearer KEY' },
    },
    paths: {
      [`${prefix}${scoringRoutes.liveness}`]: {
        get: {
          operationId: 'ServiceHealthCheck',
          produces: ['text/plain'],
          responses: answers({
            description: 'Alive.',
            schema: { type: 'string' },
            examples: { 'text/plain': 'Healthy' },
          }),
        },
      },
      [`${prefix}${scoringRoutes.scoring}`]: {
        post: {
          operationId: 'RunMLService',
          security: [{ Bearer: [] }],
          parameters: [
            {
              name: 'serviceInputPayload',
              in: 'body',
              required: true,
              schema: { $ref: '#/definitions/ServiceInput' },
            },
          ],
          responses: answers({
            description: onePicture,
            schema: { $ref: '#/definitions/ServiceOutput' },
          }),
        },
      },
    },
    definitions: {
      ServiceInput: {
        type: 'object',
        required: ['input_data'],
        properties: { input_data: cardInput, params: parameters },
        example,
      },
      // Swagger 2.0 itself knows no null.
      ServiceOutput: { type: 'array', items: { ...row, 'x-nullable': true } },
      ErrorResponse: failure,
    },
  };
}

function openApi3(info: object, prefix: string, is31: boolean): object {
  const json = (schema: object): object => ({ 'application/json': { schema } });
  const reference = (name: string): object => ({ $ref: `#/components/schemas/${name}` });
  const answers = (good: object): object => ({
    200: good,
    default: { description: 'Why not.', content: json(reference('ErrorResponse')) },
  });
  const cell = { oneOf: [text, { type: 'array', items: text, minItems: 1, maxItems: 1 }] };
  const list = { type: 'array', items: cell, minItems: 1 };
  const split = {
    ...cardInput,
    properties: {
      ...cardInput.properties,
      columns: { type: 'array', items: { enum: ['image', '0', 0] }, minItems: 1, maxItems: 1 },
      data: list,
    },
  };
  const byColumn = (cells: object): object => ({
    type: 'object',
    properties: { image: cells, 0: cells },
    additionalProperties: false,
    minProperties: 1,
    maxProperties: 1,
  });
  const withParameters = (name: string, schema: object): object => ({
    type: 'object',
    required: [name],
    properties: { [name]: schema, params: parameters },
  });
  return {
    openapi: is31 ? '3.1.0' : '3.0.3',
    info,
    paths: {
      [`${prefix}${scoringRoutes.liveness}`]: {
        get: {
          operationId: 'ServiceHealthCheck',
          responses: answers({
            description: 'Alive.',
            content: { 'text/plain': { schema: { type: 'string' }, example: 'Healthy' } },
          }),
        },
      },
      [`${prefix}${scoringRoutes.scoring}`]: {
        post: {
          operationId: 'RunMLService',
          security: [{ Bearer: [] }],
          requestBody: { required: true, content: json(reference('ServiceInput')) },
          responses: answers({
            description: onePicture,
            content: json(reference('ServiceOutput')),
          }),
        },
      },
    },
    components: {
      securitySchemes: { Bearer: { type: 'http', scheme: 'bearer' } },
      schemas: {
        ServiceInput: {
          oneOf: [
            withParameters('input_data', { oneOf: [split, list, text] }),
            withParameters('inputs', {
              oneOf: [list, text, byColumn({ oneOf: [list, text] })],
            }),
            withParameters('dataframe_split', split),
            withParameters('dataframe_records', {
              type: 'array',
              items: byColumn(cell),
              minItems: 1,
            }),
          ],
          example,
        },
        ServiceOutput: {
          type: 'array',
          items: is31
            ? { anyOf: [...Object.values(rows), { type: 'null' }] }
            : { anyOf: Object.values(rows).map((row) => Object.assign({ nullable: true }, row)) },
        },
        ErrorResponse: failure,
      },
    },
  };
}
