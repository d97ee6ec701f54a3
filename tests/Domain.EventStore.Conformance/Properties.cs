using FsCheck;
using FsCheck.Fluent;

namespace Protean.EventStore.Conformance;

/// <summary>Runs properties that await.</summary>
internal static class Properties
{
    /// <summary>Tries a property on generated values. FsCheck shrinks what breaks it, and says which seed to repeat it with.</summary>
    public static Task HoldAsync<T>(Gen<T> values, Func<T, Task> property, int count) => Task.Run(() =>
        Check.One(
            Config.QuickThrowOnFailure.WithMaxTest(count).WithQuietOnSuccess(true),
            Prop.ForAll(values.ToArbitrary(), value => property(value).GetAwaiter().GetResult())));
}
