import { reportStyle } from './report-style.js';

/** What a report's page is made of, as HTML. */
export interface ReportPage {
  readonly title: string;
  /** On top of the style sheet of all reports. */
  readonly style?: string;
  readonly main: string;
  readonly script: string;
}

/** A report as one HTML file that needs no other and loads nothing; light and dark follow the reader. */
export function reportPage({ title, style = '', main, script }: ReportPage): string {
  return `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark">
<title>${escapeHtml(title)}</title>
<style>${reportStyle}${style}</style>
</head>
<body>
<main>
<h1>${escapeHtml(title)}</h1>
${main}
</main>
<script>${script}</script>
</body>
</html>
`;
}

export function escapeHtml(text: string): string {
  return text.replace(/[&<>"]/g, (ch) => ({ '&': '&amp;', '<': '&lt;', '>': '&gt;', '"': '&quot;' })[ch] as string);
}
