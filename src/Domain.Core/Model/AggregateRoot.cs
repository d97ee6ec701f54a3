namespace Protean;

/// <summary>
/// The root of an aggregate. Derive from <see cref="Aggregate"/> or <see cref="EventSourcedAggregate"/>. State is what stands in the fields
/// of the derived classes.
/// </summary>
public abstract class AggregateRoot : DomainObject
{
    private readonly List<IEvent> _raised = [];
    private readonly AggregateShape _shape;
    private IReadOnlyList<Violation>? _brokenBefore;
    private StateFormat _cleanFormat = StateFormat.Default;
    private string? _unusable;
    private bool _attached;
    private bool _checking;
    private bool _applying;
    private bool _changing;
    private int _raisedBeforeChange;

    private protected AggregateRoot() => _shape = AggregateShape.Of(GetType());

    /// <summary>How often the aggregate was stored, counted from 0 (event-sourced: the position of its last stored event); -1 before the first time.</summary>
    public long Version { get; internal set; } = -1;

    /// <summary>The events raised since the aggregate was made or last saved.</summary>
    public IReadOnlyList<IEvent> RaisedEvents => _raised;

    internal abstract bool IsEventSourced { get; }

    internal abstract AggregateId Identity { get; }

    internal AggregateShape Shape => _shape;

    /// <summary>What turns the state into JSON; a domain that loads or saves the instance puts its own here.</summary>
    internal StateFormat Format { get; set; } = StateFormat.Default;

    /// <summary>How many events the newest known snapshot covers.</summary>
    internal long SnapshotVersion { get; set; }

    /// <summary>The state when nothing was half-done: as loaded, or as the last event left it. Nothing while it is unknown.</summary>
    internal StateFingerprint? CleanState { get; private set; }

    /// <summary>The state as it stands in the store. Nothing before the first time.</summary>
    internal StateFingerprint? StoredState { get; private set; }

    /// <summary>Records an event, and applies it if the aggregate is event-sourced; then checks the invariants.</summary>
    /// <exception cref="ValidationException">An invariant is broken. The instance refuses further use.</exception>
    /// <exception cref="MissingApplyException">The aggregate is event-sourced and has no <c>Apply</c> for the event.</exception>
    protected void Raise(IEvent @event) => Record(@event);

    /// <summary>
    /// Makes several changes as one: rules about the state before are checked at its beginning, rules about the state after only at its end,
    /// however many events are raised in between.
    /// </summary>
    protected void Change(Action change)
    {
        ArgumentNullException.ThrowIfNull(change);
        if (_changing)
        {
            change();
            return;
        }

        RefuseUnlessUsable();
        RefuseWhatWasBrokenBefore();
        _changing = true;
        _raisedBeforeChange = _raised.Count;
        try
        {
            change();
        }
        catch (Exception e) when (e is not BrokenAggregateException)
        {
            // Some of the change may have been made and some not: nobody may build on that.
            if (HasChangedSinceClean())
                Break("a change of several steps stopped half-way");
            throw;
        }
        finally
        {
            _changing = false;
        }

        CheckInvariants();
        MarkClean();
    }

    /// <summary>Takes an entity in, so that it can raise events at once.</summary>
    /// <returns>The entity.</returns>
    protected TEntity Own<TEntity>(TEntity entity) where TEntity : Entity
    {
        ArgumentNullException.ThrowIfNull(entity);
        entity.Root = this;
        return entity;
    }

    /// <inheritdoc/>
    public override string ToString() => $"{GetType().Name} '{Identity}'";

    internal abstract void Identify(string id);

    internal void RaiseFromEntity(IEvent @event) => Record(@event);

    internal void RuleBrokenInEntity() => RuleBroken();

    /// <summary>Applies an event of the past: no check, no record.</summary>
    internal void Replay(IEvent @event) => _shape.ApplierOf(@event.GetType())(this, @event);

    /// <summary>The instance is as it was stored.</summary>
    internal void Loaded(long version)
    {
        Version = version;
        _attached = true;
        _shape.AdoptEntities(this);
        MarkClean();
        StoredState = CleanState;
    }

    /// <summary>What was raised has been stored.</summary>
    internal void Stored(long version)
    {
        Version = version;
        _attached = true;
        _raised.Clear();
        MarkClean();
        StoredState = CleanState;
    }

    internal void MakeReadOnly(string reason) => _unusable ??= reason;

    internal void Break(string reason) => _unusable ??= reason;

    internal void RefuseUnlessUsable()
    {
        if (_unusable is not null)
            throw new BrokenAggregateException(ToString(), _unusable);
    }

    /// <summary>The check at save: of a change without an event, too.</summary>
    internal void CheckBeforeSave(bool stateChanged)
    {
        RefuseUnlessUsable();
        if (stateChanged && _brokenBefore is not null && (_raised.Count == 0 || HasChangedSinceClean()))
            RefuseWhatWasBrokenBefore();
        _shape.AdoptEntities(this);
        CheckInvariants();
    }

    private protected sealed override void RuleBroken()
    {
        if (!_checking && HasChangedSinceClean())
            Break("a rule was found broken after part of a change had been made");
    }

    private void Record(IEvent @event)
    {
        if (@event is null)
            throw new ArgumentNullException(nameof(@event), $"{this} raised no event.");
        RefuseUnlessUsable();
        if (@event is not (IDomainEvent or INotificationEvent))
            throw new ArgumentException($"{this} raised {@event.GetType().Name}, which is neither an {nameof(IDomainEvent)} nor an {nameof(INotificationEvent)}.", nameof(@event));
        if (_applying)
            throw new InvalidOperationException($"{this} raised {@event.GetType().Name} inside an Apply method: events are raised by what the aggregate does, not by replaying what it did.");
        if (_checking)
            throw new InvalidOperationException($"{this} raised {@event.GetType().Name} inside a rule: a rule looks at the state and changes nothing.");
        var applier = IsEventSourced && @event is IDomainEvent ? _shape.ApplierOf(@event.GetType()) : null;
        if (!_changing)
            RefuseWhatWasBrokenBefore();
        if (applier is not null)
            Apply(applier, @event);
        _raised.Add(@event);
        _shape.AdoptEntities(this);
        if (_changing)
            return;
        CheckInvariants();
        MarkClean();
    }

    private void Apply(Action<AggregateRoot, IEvent> applier, IEvent @event)
    {
        _applying = true;
        try
        {
            applier(this, @event);
        }
        catch
        {
            Break($"applying {@event.GetType().Name} failed half-way");
            throw;
        }
        finally
        {
            _applying = false;
        }
    }

    private void RefuseWhatWasBrokenBefore()
    {
        if (_brokenBefore is null)
            return;
        if (HasChangedSinceClean())
            Break("it was changed although a rule about its state before the change was broken");
        throw new ValidationException(_brokenBefore);
    }

    private void CheckInvariants()
    {
        if (FindViolations(before: false) is not { } violations)
            return;
        Break($"it broke a rule ({violations[0].Message})");
        throw new ValidationException(violations);
    }

    private void MarkClean()
    {
        _cleanFormat = Format;
        CleanState = IsEventSourced ? null : FingerprintIfKnown();
        _brokenBefore = FindViolations(before: true);
    }

    private bool HasChangedSinceClean()
    {
        if (_changing && _raised.Count > _raisedBeforeChange)
            return true;
        // The state of an event-sourced aggregate changes by applying events only.
        if (IsEventSourced)
            return false;
        return CleanState is { } clean ? FingerprintIfKnown() != clean : _attached;
    }

    /// <summary>What no domain has seen yet may need the converters of its domain, and cannot be compared before.</summary>
    private StateFingerprint? FingerprintIfKnown()
    {
        if (_attached)
            return _cleanFormat.Fingerprint(this);
        try
        {
            return _cleanFormat.Fingerprint(this);
        }
        catch (Exception)
        {
            return null;
        }
    }

    private List<Violation>? FindViolations(bool before)
    {
        _checking = true;
        try
        {
            return _shape.FindViolations(this, before);
        }
        catch (Exception e)
        {
            Break($"one of its rules failed itself ({e.Message})");
            throw;
        }
        finally
        {
            _checking = false;
        }
    }
}
