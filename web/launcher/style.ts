/** The launcher's looks. They live in a shadow root as a constructed sheet, so no page's policy or style gets in the way. */
export const STYLE = `
:host{all:initial;--accent:#0b6e5c;--accent-ink:#fff;--focus:#1256c4;--page:#fff;--ink:#17211e;--line:#dfe5e2;color-scheme:light dark}
@media(prefers-color-scheme:dark){:host{--accent:#37a78d;--accent-ink:#06231c;--focus:#8ab8ff;--page:#151b19;--ink:#e9efec;--line:#2c3633}}
.bar{position:fixed;inset-block-end:max(20px,env(safe-area-inset-bottom));inset-inline-end:20px;z-index:2147483000}
.invite{position:absolute;inset-block-end:calc(100% + 12px);inset-inline-end:0;box-sizing:border-box;inline-size:min(280px,calc(100vw - 40px));padding:16px;border-radius:16px;
border:1px solid var(--line);background:var(--page);color:var(--ink);font:16px/1.4 system-ui,sans-serif;box-shadow:0 8px 24px rgb(13 22 19/18%);animation:in 200ms}
.invite p{all:unset;display:block;margin-block-end:12px;overflow-wrap:anywhere}
.invite button{display:inline-grid;inline-size:auto;min-block-size:44px;block-size:auto;padding:8px 14px;border-radius:10px;box-shadow:none;margin-inline-end:8px;font:600 15px/1.3 system-ui,sans-serif}
.invite button+button{background:none;color:var(--ink);border:1px solid var(--line)}
.open .invite{display:none}
.unseen{position:fixed;inline-size:1px;block-size:1px;overflow:hidden;clip-path:inset(50%)}
button{all:unset;box-sizing:border-box;cursor:pointer;display:grid;place-items:center;inline-size:56px;block-size:56px;border-radius:50%;
background:var(--accent);color:var(--accent-ink);box-shadow:0 4px 16px rgb(13 22 19/24%),0 1px 3px rgb(13 22 19/16%);transition:transform 160ms,box-shadow 160ms}
button:hover{transform:translateY(-2px);box-shadow:0 8px 24px rgb(13 22 19/28%)}
button:active{transform:none}
button:focus-visible{outline:3px solid var(--focus);outline-offset:3px;box-shadow:0 0 0 3px var(--page)}
svg{inline-size:26px;block-size:26px;grid-area:1/1;transition:opacity 160ms,transform 160ms}
.cross,.open .talk{opacity:0;transform:scale(.6)}
.open .cross{opacity:1;transform:none}
.badge{position:absolute;inset-block-start:-4px;inset-inline-end:-4px;box-sizing:border-box;min-inline-size:22px;block-size:22px;padding:0 6px;border-radius:11px;
background:#b3261e;color:#fff;border:2px solid var(--page);font:600 12px/18px system-ui,sans-serif;text-align:center;pointer-events:none}
.badge[hidden]{display:none}
iframe{position:fixed;inset-block-end:calc(max(20px,env(safe-area-inset-bottom)) + 68px);inset-inline-end:20px;z-index:2147483001;
inline-size:min(400px,calc(100vw - 40px));block-size:min(704px,calc(100dvh - 112px));border:1px solid var(--line);border-radius:16px;background:var(--page);
box-shadow:0 16px 48px rgb(13 22 19/24%),0 2px 8px rgb(13 22 19/12%);transform-origin:bottom right;animation:in 200ms cubic-bezier(.2,0,0,1)}
iframe:dir(rtl){transform-origin:bottom left}
.at-start{inset-inline:20px auto}
.at-start .invite{inset-inline:0 auto}
iframe.at-start{transform-origin:bottom left}
iframe.at-start:dir(rtl){transform-origin:bottom right}
iframe[hidden]{display:block;visibility:hidden;pointer-events:none;animation:none}
@keyframes in{from{opacity:0;transform:translateY(12px) scale(.98)}}
@media(max-width:480px),(max-height:480px){
iframe,iframe.at-start{inset:0;inline-size:100%;block-size:100dvh;border:0;border-radius:0}
.open{visibility:hidden}}
@media(prefers-reduced-motion:reduce){button,svg{transition:none}button:hover{transform:none}iframe,.invite{animation:none}}
@media(forced-colors:active){button{border:2px solid}}
@media print{.bar,iframe{display:none!important}}
`;
