// SPDX-License-Identifier: Apache-2.0
package dev.quench.trt.internal.build;

import dev.quench.trt.internal.Failures;
import dev.quench.trt.internal.NativeAddress;
import dev.quench.trt.internal.ProcessLogger;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import org.bytedeco.tensorrt.nvinfer.IBuilderConfig;
import org.bytedeco.tensorrt.nvinfer.IHostMemory;
import org.bytedeco.tensorrt.nvinfer.ITimingCache;
import org.jspecify.annotations.Nullable;

/// The timing cache of one build: loaded from the store before, merged into it afterwards.
final class NativeTimings {
  private static final System.Logger LOGGER = System.getLogger("dev.quench.trt");

  private final IBuilderConfig config;
  private final TimingStore store;
  private final NativeScope scope;
  private final ITimingCache cache;

  /// @param scope owns the caches from now on; must outlive the config and the builder, which may
  ///   use them
  NativeTimings(IBuilderConfig config, TimingStore store, NativeScope scope) {
    this.config = config;
    this.store = store;
    this.scope = scope;
    ITimingCache stored = open(store.read());
    if (stored == null || !config.setTimingCache(stored, false)) {
      LOGGER.log(
          System.Logger.Level.WARNING,
          "the timing cache belongs to another TensorRT or GPU, or is damaged; kernels are timed again");
      stored = require(open(new byte[0]));
      long mark = ProcessLogger.LOG.mark();
      Failures.require(config.setTimingCache(stored, false), "setTimingCache", mark);
    }
    this.cache = stored;
  }

  /// Stores the new times.
  void save() {
    // Fetched again, because TensorRT does not guarantee that the build fills the given object.
    ITimingCache attached = config.getTimingCache();
    ITimingCache filled = attached == null || attached.isNull() ? cache : attached;
    store.update(before -> {
      ITimingCache stored = before.length == 0 ? null : open(before);
      if (stored != null && !filled.combine(stored, false)) {
        LOGGER.log(
            System.Logger.Level.WARNING, "the stored timing cache does not match and is replaced");
      }
      return serialize(filled);
    });
  }

  private @Nullable ITimingCache open(byte[] bytes) {
    try (Arena arena = Arena.ofConfined()) {
      MemorySegment blob = arena.allocate(Math.max(1, bytes.length));
      MemorySegment.copy(bytes, 0, blob, ValueLayout.JAVA_BYTE, 0, bytes.length);
      long mark = ProcessLogger.LOG.mark();
      ITimingCache opened = config.createTimingCache(NativeAddress.of(blob), bytes.length);
      return opened == null || opened.isNull()
          ? null
          : scope.own(opened, "createTimingCache", mark);
    }
  }

  private static ITimingCache require(@Nullable ITimingCache opened) {
    if (opened == null) {
      throw Failures.failed("createTimingCache failed", ProcessLogger.LOG.mark());
    }
    return opened;
  }

  private static byte[] serialize(ITimingCache cache) {
    try (NativeScope serializing = new NativeScope()) {
      long mark = ProcessLogger.LOG.mark();
      IHostMemory memory = serializing.own(cache.serialize(), "serializing the timing cache", mark);
      return MemorySegment.ofAddress(memory.data().address())
          .reinterpret(memory.size())
          .toArray(ValueLayout.JAVA_BYTE);
    }
  }
}
