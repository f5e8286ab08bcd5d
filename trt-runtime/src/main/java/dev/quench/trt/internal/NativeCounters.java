// SPDX-License-Identifier: Apache-2.0
package dev.quench.trt.internal;

import java.util.EnumMap;
import java.util.Map;
import java.util.concurrent.atomic.AtomicLongArray;

/// Counts live native objects of this process, so tests can assert that nothing leaks. Thread-safe;
/// counting allocates nothing.
public final class NativeCounters {
  /// The kinds of counted objects.
  public enum Kind {
    TENSORRT_OBJECT(0),
    STREAM(1),
    EVENT(2),
    GRAPH(3),
    DEVICE_MEMORY(4),
    PINNED_MEMORY(5),
    CALLBACK(6);

    private final int index;

    Kind(int index) {
      this.index = index;
    }
  }

  private static final AtomicLongArray LIVE = new AtomicLongArray(Kind.values().length);

  private NativeCounters() {}

  public static void created(Kind kind) {
    LIVE.incrementAndGet(kind.index);
  }

  public static void freed(Kind kind) {
    LIVE.decrementAndGet(kind.index);
  }

  /// The current number of live objects by kind.
  public static Map<Kind, Long> live() {
    Map<Kind, Long> counts = new EnumMap<>(Kind.class);
    for (Kind kind : Kind.values()) {
      counts.put(kind, LIVE.get(kind.index));
    }
    return counts;
  }
}
