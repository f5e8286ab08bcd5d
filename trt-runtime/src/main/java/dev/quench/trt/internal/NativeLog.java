// SPDX-License-Identifier: Apache-2.0
package dev.quench.trt.internal;

import dev.quench.Printable;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.List;

/// The latest warnings and errors of TensorRT, so that a failure can be told in its own words.
///
/// TensorRT reports reasons only through its logger, from any of its threads. A caller takes
/// [#mark] before a native call and asks for what came [#since] then; lines of calls that run in
/// other threads at the same time are among them. Bounded: the oldest lines go first. Thread-safe.
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

  /// Keeps why a kernel cannot be used, which TensorRT says in passing.
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

  /// What [#tactic] was told after `mark`, oldest first.
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
