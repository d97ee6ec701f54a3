using System.Text.Json;
using Microsoft.Playwright;

namespace InventoryOrders.Page.Tests.Browsing;

/// <summary>The colours of a picture.</summary>
/// <param name="Distinct">How many there are.</param>
/// <param name="Brightness">How bright it is in the middle of its points: 0 is black, 1 is white.</param>
internal sealed record Colours(int Distinct, double Brightness)
{
    private const string Script =
        """
        async picture => {
          const image = new Image();
          image.src = `data:image/png;base64,${picture}`;
          await image.decode();
          const canvas = new OffscreenCanvas(image.width, image.height), context = canvas.getContext('2d');
          context.drawImage(image, 0, 0);
          const points = new Uint32Array(context.getImageData(0, 0, image.width, image.height).data.buffer);
          const brightness = points.map(p => ((p & 255) + (p >> 8 & 255) + (p >> 16 & 255)) / 3).sort();
          return JSON.stringify({ Distinct: new Set(points).size, Brightness: brightness[brightness.length >> 1] / 255 });
        }
        """;

    public static async Task<Colours> OfAsync(IPage page, byte[] picture) =>
        JsonSerializer.Deserialize<Colours>(await page.EvaluateAsync<string>(Script, Convert.ToBase64String(picture)))!;
}
