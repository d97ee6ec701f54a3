using System.Text.Json;
using Microsoft.Playwright;

namespace InventoryOrders.Page.Tests.Browsing;

/// <summary>What somebody would see who looks closely.</summary>
/// <param name="Beyond">What reaches beyond the screen.</param>
/// <param name="Pale">Text whose contrast is below 4.5.</param>
/// <param name="Small">What is to be touched and is less than 40 pixels high.</param>
/// <param name="Unlabelled">Controls without a name.</param>
/// <param name="TextsJudged">How many texts were seen.</param>
internal sealed record Look(string[] Beyond, string[] Pale, string[] Small, string[] Unlabelled, int TextsJudged)
{
    private const string Script =
        """
        () => {
          const look = { Beyond: [], Pale: [], Small: [], Unlabelled: [], TextsJudged: 0 };
          const nameOf = e => `${e.tagName.toLowerCase()}${e.id ? '#' + e.id : ''} '${(e.textContent ?? '').trim().slice(0, 30)}'`;
          const context = document.createElement('canvas').getContext('2d', { willReadFrequently: true });
          const channels = colour => {
            context.clearRect(0, 0, 1, 1);
            context.fillStyle = colour;
            context.fillRect(0, 0, 1, 1);
            const [r, g, b, a] = context.getImageData(0, 0, 1, 1).data;
            return [r, g, b, a / 255];
          };
          const over = (top, bottom) => [0, 1, 2].map(i => top[i] * top[3] + bottom[i] * (1 - top[3])).concat(1);
          const groundOf = e => {
            const layers = [];
            for (let at = e; at; at = at.parentElement) layers.push(channels(getComputedStyle(at).backgroundColor));
            return layers.reverse().reduce((ground, layer) => over(layer, ground), channels('#fff'));
          };
          const luminance = c => {
            const [r, g, b] = c.slice(0, 3).map(v => v / 255).map(v => v <= 0.04045 ? v / 12.92 : ((v + 0.055) / 1.055) ** 2.4);
            return 0.2126 * r + 0.7152 * g + 0.0722 * b;
          };
          const isSeen = e => {
            const box = e.getBoundingClientRect();
            const isClipped = e.closest('thead')?.getBoundingClientRect().width <= 1;
            return e.checkVisibility({ visibilityProperty: true }) && box.width > 1 && box.height > 1 && !e.matches('.skip') && !isClipped;
          };
          for (const e of document.body.querySelectorAll('*')) {
            if (['SCRIPT', 'STYLE', 'OPTION', 'NOSCRIPT', 'DATALIST'].includes(e.tagName) || !isSeen(e)) continue;
            const box = e.getBoundingClientRect();
            if (box.left < -0.5 || box.right > innerWidth + 0.5) look.Beyond.push(nameOf(e));
            const isControl = e.matches('button, input, select, summary, a[href]');
            if (isControl && box.height < 40) look.Small.push(`${nameOf(e)} ${box.height}`);
            if (e.matches('button, a[href], summary') && !e.textContent.trim() || e.matches('input, select') && !e.labels.length) look.Unlabelled.push(nameOf(e));
            const hasText = [...e.childNodes].some(n => n.nodeType === Node.TEXT_NODE && n.data.trim()) || e.matches('input, select');
            if (!hasText) continue;
            look.TextsJudged++;
            const ground = groundOf(e), ink = over(channels(getComputedStyle(e).color), ground);
            const [light, dark] = [luminance(ink), luminance(ground)].sort((a, b) => b - a);
            const contrast = (light + 0.05) / (dark + 0.05);
            if (contrast < 4.5) look.Pale.push(`${nameOf(e)} ${contrast.toFixed(2)}`);
          }
          return JSON.stringify(look);
        }
        """;

    public static async Task<Look> AtAsync(IPage page) => JsonSerializer.Deserialize<Look>(await page.EvaluateAsync<string>(Script))!;
}
