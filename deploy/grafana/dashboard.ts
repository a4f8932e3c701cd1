/** What a dashboard is, in the few words that ours need; `grafanaDashboard` writes it as Grafana reads it. */

export type Unit = 's' | 'short' | 'bytes' | 'Bps' | 'reqps' | 'percentunit' | 'none';

export interface Query {
  /** PromQL. `$__rate_interval` is Grafana's; `$namespace` matches all of them where there is but one cluster. */
  readonly expr: string;
  /** Grafana's legend, with labels as {{label}}. */
  readonly legend: string;
}

export interface Panel {
  readonly title: string;
  /** What it shows and what is well, in a sentence: shown as the panel's help. */
  readonly help: string;
  readonly kind: 'timeseries' | 'stat';
  readonly unit: Unit;
  readonly queries: readonly Query[];
  /** Values from which it is shown yellow and red. */
  readonly warn?: number;
  readonly alarm?: number;
  /** Twelfths of the width (default 6). */
  readonly width?: 3 | 4 | 6 | 8 | 12;
  /** It has data only once something uncommon happened; a test does not ask for any. */
  readonly sparse?: boolean;
}

export interface Dashboard {
  readonly uid: string;
  readonly title: string;
  readonly rows: readonly { readonly title: string; readonly panels: readonly Panel[] }[];
}

const DATASOURCE = { type: 'prometheus', uid: 'prometheus' };
const PANEL_HEIGHT = 8;
const STAT_HEIGHT = 5;
/** Grafana's grid is 24 wide, ours 12. */
const GRID = 2;

/** The JSON model of Grafana 10 and later. */
export function grafanaDashboard(dashboard: Dashboard): object {
  const panels: object[] = [];
  let y = 0;
  let id = 0;
  for (const row of dashboard.rows) {
    panels.push({ id: ++id, type: 'row', title: row.title, gridPos: { x: 0, y, w: 24, h: 1 }, panels: [] });
    y += 1;
    let x = 0;
    let height = 0;
    for (const panel of row.panels) {
      const w = (panel.width ?? 6) * GRID;
      const h = panel.kind === 'stat' ? STAT_HEIGHT : PANEL_HEIGHT;
      if (x + w > 24) {
        x = 0;
        y += height;
        height = 0;
      }
      panels.push({ id: ++id, gridPos: { x, y, w, h }, ...grafanaPanel(panel) });
      x += w;
      height = Math.max(height, h);
    }
    y += height;
  }
  return {
    uid: dashboard.uid,
    title: dashboard.title,
    tags: ['cartero'],
    schemaVersion: 39,
    version: 1,
    editable: false,
    timezone: 'browser',
    time: { from: 'now-1h', to: 'now' },
    refresh: '10s',
    graphTooltip: 1,
    links: [
      {
        type: 'dashboards',
        tags: ['cartero'],
        title: 'Cartero',
        asDropdown: true,
        keepTime: true,
        includeVars: true,
      },
    ],
    templating: {
      list: [
        {
          name: 'namespace',
          label: 'Namespace',
          type: 'query',
          datasource: DATASOURCE,
          query: { query: 'label_values(cartero_server_connected, namespace)', refId: 'namespace' },
          refresh: 2,
          includeAll: true,
          allValue: '.*',
          current: { text: 'All', value: '$__all' },
        },
      ],
    },
    panels,
  };
}

function grafanaPanel(panel: Panel): object {
  const steps = [
    { color: 'green', value: null },
    ...(panel.warn === undefined ? [] : [{ color: 'yellow', value: panel.warn }]),
    ...(panel.alarm === undefined ? [] : [{ color: 'red', value: panel.alarm }]),
  ];
  const shared = {
    type: panel.kind,
    title: panel.title,
    description: panel.help,
    datasource: DATASOURCE,
    targets: panel.queries.map(({ expr, legend }, index) => ({
      refId: String.fromCharCode(65 + index),
      datasource: DATASOURCE,
      expr,
      legendFormat: legend,
      exemplar: /_bucket\b/.test(expr),
    })),
  };
  if (panel.kind === 'stat') {
    return {
      ...shared,
      fieldConfig: { defaults: { unit: panel.unit, thresholds: { mode: 'absolute', steps } }, overrides: [] },
      options: {
        colorMode: 'value',
        graphMode: 'area',
        reduceOptions: { calcs: ['lastNotNull'], fields: '', values: false },
      },
    };
  }
  return {
    ...shared,
    fieldConfig: {
      defaults: {
        unit: panel.unit,
        min: 0,
        thresholds: { mode: 'absolute', steps },
        custom: {
          lineWidth: 1,
          fillOpacity: 8,
          showPoints: 'never',
          thresholdsStyle: { mode: panel.alarm === undefined ? 'off' : 'dashed' },
        },
      },
      overrides: [],
    },
    options: {
      legend: { displayMode: 'list', placement: 'bottom' },
      tooltip: { mode: 'multi', sort: 'desc' },
    },
  };
}
