namespace Protean.Benchmarks.Load.Measuring;

/// <summary>
/// One row of the table of what is to be reached: a piece of work, done by ours and by a floor under the same conditions. To add a row, derive from
/// this class and name it in <see cref="Rows.AllRows"/>.
/// </summary>
internal abstract class Row
{
    /// <summary>What it is called on the command line.</summary>
    public abstract string Name { get; }

    /// <summary>What ours does.</summary>
    public abstract string Work { get; }

    /// <summary>What the floor does.</summary>
    public abstract string Floor { get; }

    /// <summary>What both sides are measured in.</summary>
    public abstract string Unit { get; }

    /// <summary>What ours divided by the floor has to be, or ours alone.</summary>
    public abstract Goal Goal { get; }

    /// <summary>What else is measured of ours.</summary>
    public virtual IReadOnlyList<Figure> Figures => [];

    /// <summary>Makes what all rounds share. Called once, before the first of them.</summary>
    public virtual Task PrepareAsync(Stage stage) => Task.CompletedTask;

    /// <summary>Measures the floor for one round, after a warm-up of its own.</summary>
    public abstract Task<double> MeasureFloorAsync(Stage stage);

    /// <summary>Measures ours for one round, after a warm-up of its own.</summary>
    public abstract Task<double> MeasureOursAsync(Stage stage);

    /// <summary>Removes what <see cref="PrepareAsync"/> has made, as far as it came.</summary>
    public virtual Task CleanUpAsync() => Task.CompletedTask;
}
