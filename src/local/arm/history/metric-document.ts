import type { RunRecord } from '../../jobs/run-record.ts';
import type { TwinServices } from '../../services.ts';
import { isoTime } from '../system-data.ts';
import { stableGuid } from './run-ids.ts';

/** The metrics of a run, one document a name, its values as cells. */
export function metricDocuments(services: TwinServices, run: RunRecord): object[] {
  const byName = Map.groupBy(services.tables.metrics.list(run.runId), ({ name }) => name);
  return [...byName].map(([name, points]) => ({
    runId: run.runId,
    metricId: stableGuid('metric', run.runId, name),
    dataContainerId: `dcid.${run.runId}`,
    metricType: 'azureml.v1.scalar',
    createdUtc: isoTime(points[0]?.loggedAt ?? 0),
    name,
    description: '',
    label: name,
    numCells: points.length,
    dataLocation: null,
    cells: points.map(({ value }) => ({ [name]: Number.isFinite(value) ? value : String(value) })),
    schema: { numProperties: 1, properties: [{ propertyId: name, name, type: 'double' }] },
  }));
}
