// SPDX-License-Identifier: Apache-2.0
package dev.quench.spark;

import dev.quench.run.dataset.UnorderedDigest;
import dev.quench.run.state.StateReader;
import dev.quench.run.state.StateWriter;
import java.io.Serializable;
import java.util.Optional;
import java.util.SortedMap;
import java.util.TreeMap;

/// What one part of the data gave, or several merged: all that leaves an executor. Merging is
/// exact, associative and commutative, so that the driver gets the same whatever the partitions,
/// their order and their repetitions. Immutable; `state` is not copied.
///
/// @param samples that were seen
/// @param kinds an executor of each kind, by the kind's text
/// @param failure of the part with the lowest number; empty if all succeeded
/// @param places where each part was seen, by the number of the part
/// @param digest of the samples, for data that are rows; else empty
/// @param state the histograms, or what a metric has collected; empty after a failure
record PartState(
    long samples,
    SortedMap<String, String> kinds,
    Optional<PartFailure> failure,
    SortedMap<Integer, PartPlace> places,
    Optional<UnorderedDigest> digest,
    Payload state) {
  private static final String KIND = "quench-spark part 1";

  /// Bytes whose meaning [StateMerge] knows.
  static final class Payload {
    static final Payload NONE = new Payload(new byte[0]);

    private final byte[] bytes;

    Payload(byte[] bytes) {
      this.bytes = bytes;
    }

    /// Not a copy.
    byte[] bytes() {
      return bytes;
    }
  }

  /// Adds states of one kind.
  interface StateMerge extends Serializable {
    /// The state of both.
    byte[] merge(byte[] one, byte[] other);
  }

  /// One part that succeeded.
  static PartState of(
      ExecutorKind kind, PartPlace place, Optional<UnorderedDigest> digest, byte[] state) {
    TreeMap<String, String> kinds = new TreeMap<>();
    kinds.put(kind.toString(), place.executor());
    TreeMap<Integer, PartPlace> places = new TreeMap<>();
    places.put(place.part(), place);
    return new PartState(
        place.samples(), kinds, Optional.empty(), places, digest, new Payload(state));
  }

  /// One part that cannot succeed, wherever it is tried.
  static PartState failed(PartFailure failure) {
    return new PartState(
        0, new TreeMap<>(), Optional.of(failure), new TreeMap<>(), Optional.empty(), Payload.NONE);
  }

  PartState merge(PartState other, StateMerge merge) {
    if (failure.isPresent() || other.failure.isPresent()) {
      return failed(
          failure
              .map(own -> other.failure.filter(its -> its.part() < own.part()).orElse(own))
              .orElseGet(() -> other.failure.orElseThrow()));
    }
    TreeMap<String, String> bothKinds = new TreeMap<>(kinds);
    other.kinds.forEach(
        (kind, executor) -> bothKinds.merge(kind, executor, (a, b) -> a.compareTo(b) <= 0 ? a : b));
    TreeMap<Integer, PartPlace> bothPlaces = new TreeMap<>(places);
    bothPlaces.putAll(other.places);
    return new PartState(
        Math.addExact(samples, other.samples),
        bothKinds,
        Optional.empty(),
        bothPlaces,
        sum(digest, other.digest),
        new Payload(merge.merge(state.bytes(), other.state.bytes())));
  }

  private static Optional<UnorderedDigest> sum(
      Optional<UnorderedDigest> one, Optional<UnorderedDigest> other) {
    if (one.isEmpty() || other.isEmpty()) {
      return one.or(() -> other);
    }
    UnorderedDigest both = new UnorderedDigest();
    both.add(one.get());
    both.add(other.get());
    return Optional.of(both);
  }

  byte[] toBytes() {
    StateWriter out = new StateWriter(KIND).number(samples).integer(kinds.size());
    kinds.forEach((kind, executor) -> out.text(kind).text(executor));
    out.flag(failure.isPresent());
    failure.ifPresent(each -> each.writeTo(out));
    out.integer(places.size());
    places.values().forEach(each -> each.writeTo(out));
    out.flag(digest.isPresent());
    digest.ifPresent(each -> out.number(each.samples()).bytes(each.state()));
    return out.bytes(state.bytes()).toBytes();
  }

  /// @throws IllegalArgumentException if the bytes are not those of [#toBytes]
  static PartState ofBytes(byte[] bytes) {
    StateReader in = new StateReader(bytes, KIND);
    long samples = in.count();
    TreeMap<String, String> kinds = new TreeMap<>();
    for (int i = in.size(2 * Integer.BYTES); i > 0; i--) {
      kinds.put(in.text(), in.text());
    }
    Optional<PartFailure> failure =
        in.flag() ? Optional.of(PartFailure.readFrom(in)) : Optional.empty();
    TreeMap<Integer, PartPlace> places = new TreeMap<>();
    for (int i = in.size(Integer.BYTES); i > 0; i--) {
      PartPlace place = PartPlace.readFrom(in);
      places.put(place.part(), place);
    }
    Optional<UnorderedDigest> digest = Optional.empty();
    if (in.flag()) {
      long added = in.count();
      digest = Optional.of(UnorderedDigest.ofState(in.bytes(), added));
    }
    Payload state = new Payload(in.bytes());
    in.end();
    return new PartState(samples, kinds, failure, places, digest, state);
  }
}
