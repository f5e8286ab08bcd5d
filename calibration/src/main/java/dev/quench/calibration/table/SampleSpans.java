// SPDX-License-Identifier: Apache-2.0
package dev.quench.calibration.table;

import dev.quench.run.CalibrationException;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Collectors;

/// The used samples of a data set, by number from 0.
///
/// @param size samples of the whole data set
/// @param spans ascending and disjoint, with a gap between neighbours
public record SampleSpans(long size, List<Span> spans) {
  private static final Pattern SPAN = Pattern.compile("(\\d{1,18})-(\\d{1,18})");

  /// Consecutive samples.
  ///
  /// @param from the first, from 0
  /// @param to the one after the last
  public record Span(long from, long to) {
    public Span {
      if (from < 0 || to <= from) {
        throw new IllegalArgumentException(
            "expected a span whose end lies after its start, got samples %d to %d"
                .formatted(from, to));
      }
    }

    /// The number of samples.
    public long samples() {
      return to - from;
    }

    @Override
    public String toString() {
      return from + "-" + (to - 1);
    }
  }

  public SampleSpans {
    spans = List.copyOf(spans);
    long end = -1;
    for (Span span : spans) {
      if (span.from() <= end || span.to() > size) {
        throw new IllegalArgumentException(
            "samples %s are out of order or outside the %d samples of the data set"
                .formatted(span, size));
      }
      end = span.to();
    }
    if (spans.isEmpty()) {
      throw new IllegalArgumentException("expected at least one of %d samples".formatted(size));
    }
  }

  /// All samples.
  ///
  /// @param size 1 or more
  public static SampleSpans all(long size) {
    return new SampleSpans(size, List.of(new Span(0, size)));
  }

  /// One of `count` consecutive parts of about the same size.
  ///
  /// @param index from 1 to `count`
  /// @param unit samples that must stay together, a divisor of `size`
  /// @throws CalibrationException if that part has no samples
  public static SampleSpans shard(int index, int count, long size, int unit) {
    long from = boundary(index - 1, count, size / unit) * unit;
    long to = boundary(index, count, size / unit) * unit;
    if (from == to) {
      throw new CalibrationException(
          "shard %d of %d is empty: the data have %d samples; use at most %d shards"
              .formatted(index, count, size, size / unit));
    }
    return new SampleSpans(size, List.of(new Span(from, to)));
  }

  private static long boundary(int index, int count, long units) {
    return units / count * index + units % count * index / count;
  }

  /// The number of samples in all spans.
  public long samples() {
    return spans.stream().mapToLong(Span::samples).sum();
  }

  /// Whether all samples of the data set were used.
  public boolean isAll() {
    return samples() == size;
  }

  /// The samples of both.
  ///
  /// @throws IllegalArgumentException if a sample is in both
  SampleSpans and(SampleSpans other) {
    List<Span> sorted = new ArrayList<>(spans);
    sorted.addAll(other.spans);
    sorted.sort(Comparator.comparingLong(Span::from));
    List<Span> joined = new ArrayList<>();
    for (Span span : sorted) {
      Span last = joined.isEmpty() ? null : joined.getLast();
      if (last != null && span.from() < last.to()) {
        throw new IllegalArgumentException(
            "samples %d to %d are in both"
                .formatted(span.from(), Math.min(span.to(), last.to()) - 1));
      }
      if (last != null && span.from() == last.to()) {
        joined.set(joined.size() - 1, new Span(last.from(), span.to()));
      } else {
        joined.add(span);
      }
    }
    return new SampleSpans(size, joined);
  }

  /// Parses the format of [#toString].
  ///
  /// @throws IllegalArgumentException for anything else
  static SampleSpans parse(String text, long size) {
    List<Span> spans = new ArrayList<>();
    for (String part : text.split(",", -1)) {
      Matcher matcher = SPAN.matcher(part);
      if (!matcher.matches()) {
        throw new IllegalArgumentException(
            "expected a span of samples such as 0-99, got '" + part + "'");
      }
      spans.add(new Span(Long.parseLong(matcher.group(1)), Long.parseLong(matcher.group(2)) + 1));
    }
    return new SampleSpans(size, spans);
  }

  /// First and last numbers: `0-99,200-299`.
  @Override
  public String toString() {
    return spans.stream().map(Span::toString).collect(Collectors.joining(","));
  }
}
