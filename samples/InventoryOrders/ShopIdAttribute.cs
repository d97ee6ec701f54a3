using System.ComponentModel.DataAnnotations;

namespace InventoryOrders;

/// <summary>An id that can be written into an address, a log line and the name of a stream.</summary>
[AttributeUsage(AttributeTargets.Parameter)]
public sealed class ShopIdAttribute : RegularExpressionAttribute
{
    public ShopIdAttribute()
        : base("^[A-Za-z0-9][A-Za-z0-9._-]{0,59}$") => ErrorMessage = "{0} is written with 1 to 60 letters, digits, '.', '_' or '-', and begins with a letter or a digit.";
}
