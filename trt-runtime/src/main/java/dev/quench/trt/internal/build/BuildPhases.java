// SPDX-License-Identifier: Apache-2.0
package dev.quench.trt.internal.build;

import dev.quench.run.Progress;
import java.util.LinkedHashMap;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/// Turns TensorRT's tree of build phases into one progress bar per top-level phase.
///
/// A phase has a number of steps, and a nested phase runs within the current step of its parent.
/// The bar counts thousandths of the top-level phase: completed steps plus the completed part of
/// the current step. It never goes back. Thread-safe: TensorRT may report from any of its threads.
final class BuildPhases {
  private static final int UNITS = 1000;

  private static final class Phase {
    final @Nullable Phase parent;
    final int steps;
    int done;
    double nested;

    Phase(@Nullable Phase parent, int steps) {
      this.parent = parent;
      this.steps = Math.max(1, steps);
    }

    double fraction() {
      return Math.min(1, (done + Math.min(1, nested)) / steps);
    }
  }

  private final Progress progress;
  private final Map<String, Phase> open = new LinkedHashMap<>();
  private @Nullable Phase shown;
  private int reported;

  BuildPhases(Progress progress) {
    this.progress = progress;
  }

  /// @param parent name of the enclosing phase; empty without one
  synchronized void begin(String name, String parent, int steps) {
    Phase enclosing = open.get(parent);
    Phase phase = new Phase(enclosing, steps);
    open.put(name, phase);
    if (enclosing == null && shown == null) {
      shown = phase;
      reported = 0;
      progress.begin(name, UNITS);
    }
  }

  /// @param step counts from 0
  synchronized void step(String name, int step) {
    Phase phase = open.get(name);
    if (phase != null) {
      phase.done = Math.max(phase.done, step + 1);
      phase.nested = 0;
      update(phase);
    }
  }

  synchronized void finish(String name) {
    Phase phase = open.remove(name);
    if (phase == null) {
      return;
    }
    phase.done = phase.steps;
    phase.nested = 0;
    if (phase == shown) {
      update(phase);
      shown = null;
      progress.end();
    } else {
      update(phase);
    }
  }

  /// Ends the bar of a cancelled or failed build.
  synchronized void abandon() {
    open.clear();
    if (shown != null) {
      shown = null;
      progress.end();
    }
  }

  private void update(Phase changed) {
    Phase phase = changed;
    for (Phase parent = phase.parent; parent != null; parent = phase.parent) {
      parent.nested = Math.max(parent.nested, phase.fraction());
      phase = parent;
    }
    if (phase == shown) {
      int units = (int) (UNITS * phase.fraction());
      if (units > reported) {
        progress.advance(units - reported);
        reported = units;
      }
    }
  }
}
