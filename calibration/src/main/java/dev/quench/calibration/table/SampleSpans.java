// SPDX-License-Identifier: Apache-2.0
package dev.quench.calibration.table;

import dev.quench.run.CalibrationException;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Collectors;

/// Which samples of a data set were used, by their numbers from 0.
///
/// @param size samples of the whole data set
/// @param spans ascending, disjoint, and with a gap between any two
public record SampleSpans(long size, List<Span> spans) {
  private static final Pattern SPAN = Pattern.compile("(\\d{1,18})-(\\d{1,18})");

  /// Neighbouring samples.
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
            "samples %s of %d are not in order or not there".formatted(span, size));
      }
      end = span.to();
    }
    if (spans.isEmpty()) {
      throw new IllegalArgumentException("no samples of " + size);
    }
  }

  /// All samples.
  ///
  /// @param size 1 or more
  public static SampleSpans all(long size) {
    return new SampleSpans(size, List.of(new Span(0, size)));
  }

  /// One of `count` parts of about the same size, in order.
  ///
  /// @param index from 1 to `count`
  /// @param unit samples that must stay together, a divisor of `size`
  /// @throws CalibrationException if that part has no samples
  public static SampleSpans shard(int index, int count, long size, int unit) {
    long from = boundary(index - 1, count, size / unit) * unit;
    long to = boundary(index, count, size / unit) * unit;
    if (from == to) {
      throw new CalibrationException(
          "shard %d of %d of %d samples has none; use at most %d shards"
              .formatted(index, count, size, size / unit));
    }
    return new SampleSpans(size, List.of(new Span(from, to)));
  }

  private static long boundary(int index, int count, long units) {
    return units / count * index + units % count * index / count;
  }

  /// How many samples there are.
  public long samples() {
    return spans.stream().mapToLong(Span::samples).sum();
  }

  /// Whether every sample of the data set is in it.
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

  /// The spans that a text names, as [#toString] writes them.
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
