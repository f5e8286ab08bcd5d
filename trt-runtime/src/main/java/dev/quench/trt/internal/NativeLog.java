// SPDX-License-Identifier: Apache-2.0
package dev.quench.trt.internal;

import dev.quench.Printable;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.List;

/// The latest warnings and errors of TensorRT, which messages of failures quote.
///
/// TensorRT reports reasons only through its logger, from any of its threads. A caller takes a
/// [#mark] before a native call and gets the lines [#since] then, which include lines of concurrent
/// calls in other threads. Bounded: drops the oldest lines first. Thread-safe.
public final class NativeLog {
  private static final int CAPACITY = 128;
  private static final int LONGEST_LINE = 1000;

  private record Line(long sequence, String text) {}

  private final Deque<Line> errors = new ArrayDeque<>();
  private final Deque<Line> warnings = new ArrayDeque<>();
  private final Deque<Line> tactics = new ArrayDeque<>();
  private long sequence;

  public void error(String text) {
    add(errors, "error: ", text);
  }

  public void warning(String text) {
    add(warnings, "warning: ", text);
  }

  /// Records why a kernel cannot be used, which TensorRT logs at low severity.
  public void tactic(String text) {
    add(tactics, "", text);
  }

  /// A point in time for [#since].
  public synchronized long mark() {
    return sequence;
  }

  /// Lines added after `mark`, errors before warnings, each oldest first.
  public synchronized List<String> since(long mark) {
    List<String> lines = new ArrayList<>();
    for (Deque<Line> kind : List.of(errors, warnings)) {
      kind.stream().filter(line -> line.sequence >= mark).map(Line::text).forEach(lines::add);
    }
    return lines;
  }

  /// The messages passed to [#tactic] after `mark`, oldest first.
  public synchronized List<String> tacticsSince(long mark) {
    return tactics.stream().filter(line -> line.sequence >= mark).map(Line::text).toList();
  }

  private synchronized void add(Deque<Line> kind, String label, String text) {
    String line = Printable.escape(text.strip());
    if (line.length() > LONGEST_LINE) {
      line = line.substring(0, LONGEST_LINE) + "…";
    }
    if (kind.size() == CAPACITY) {
      kind.removeFirst();
    }
    kind.addLast(new Line(sequence++, label + line));
  }
}
