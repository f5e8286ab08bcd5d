// SPDX-License-Identifier: Apache-2.0
package dev.quench.trt.internal.build;

import dev.quench.tensor.Tensor;
import dev.quench.trt.BuildCancelledException;
import dev.quench.trt.TensorRtException;
import dev.quench.trt.internal.Buffer;
import dev.quench.trt.internal.CallbackFailure;
import dev.quench.trt.internal.Failures;
import dev.quench.trt.internal.NativeCounters;
import java.lang.foreign.MemorySegment;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Optional;
import java.util.function.BooleanSupplier;
import org.bytedeco.cuda.global.cudart;
import org.bytedeco.javacpp.BytePointer;
import org.bytedeco.javacpp.LongPointer;
import org.bytedeco.javacpp.Pointer;
import org.bytedeco.javacpp.PointerPointer;
import org.bytedeco.tensorrt.global.nvinfer;
import org.bytedeco.tensorrt.nvinfer.IInt8Calibrator;
import org.jspecify.annotations.Nullable;

/// Implements the callbacks of TensorRT's calibrators by a [CalibrationFeed].
///
/// TensorRT calls from the building thread. An exception must not cross native code, so a call
/// stores it in the source's failure and reports that no data are left. TensorRT treats that as the
/// end of the data; the progress monitor, polled after the next step, then stops the build with
/// that failure.
@SuppressWarnings("deprecation") // removed in TensorRT 11, required on 10
public final class Calibrators implements CalibratorCalls {
  private final CalibrationFeed feed;
  private final IInt8Calibrator calibrator;
  private final CallbackFailure failure;
  private final BooleanSupplier cancelled;
  private final Map<String, Buffer> device = new LinkedHashMap<>();
  private final Buffer staging = new Buffer(Buffer.Place.PINNED_HOST);

  /// TensorRT calls this several times and may read earlier results, so the cache is made once and
  /// kept until close.
  private @Nullable BytePointer cache;

  public Calibrators(CalibratorSource source) {
    this.feed = source.feed();
    this.failure = source.failure();
    this.cancelled = source.cancelled();
    this.calibrator =
        switch (feed.algorithm()) {
          case ENTROPY_2 -> new EntropyCalibrator(this);
          case MIN_MAX -> new MinMaxCalibrator(this);
        };
    NativeCounters.created(NativeCounters.Kind.CALLBACK);
  }

  public IInt8Calibrator calibrator() {
    return calibrator;
  }

  @Override
  public void close() {
    if (calibrator.isNull()) {
      return;
    }
    device.values().forEach(Buffer::close);
    staging.close();
    if (cache != null) {
      cache.close();
    }
    calibrator.close(); // an object that the bindings created and free
    NativeCounters.freed(NativeCounters.Kind.CALLBACK);
  }

  int batchSize() {
    try {
      return feed.batchSize();
    } catch (Throwable e) {
      failure.record(e);
      return 1;
    }
  }

  /// @return whether a batch was left; `bindings` then holds its device addresses
  boolean batch(PointerPointer<?> bindings, PointerPointer<?> names, int count) {
    try {
      if (failure.isRecorded()) {
        return false;
      }
      if (cancelled.getAsBoolean()) {
        throw new BuildCancelledException();
      }
      Optional<Map<String, Tensor>> batch = feed.next();
      if (batch.isEmpty()) {
        return false;
      }
      for (int i = 0; i < count; i++) {
        String name = new BytePointer(names.get(i)).getString();
        Tensor tensor = batch.get().get(name);
        if (tensor == null) {
          throw new TensorRtException(
              "TensorRT calibrates input '%s', but the data have only %s"
                  .formatted(name, batch.get().keySet()));
        }
        bindings.put(i, upload(name, tensor));
      }
      return true;
    } catch (Throwable e) {
      failure.record(e);
      return false;
    }
  }

  @Nullable Pointer readCache(LongPointer length) {
    try {
      if (cache == null) {
        cache = feed.cache(nvinfer.getInferLibVersion()).map(BytePointer::new).orElse(null);
      }
      if (cache != null) {
        length.put(0, cache.capacity());
        return cache;
      }
    } catch (Throwable e) {
      failure.record(e);
    }
    length.put(0, 0);
    return null;
  }

  void writeCache(@Nullable Pointer text, long length) {
    if (text == null || length == 0) {
      return;
    }
    try {
      byte[] bytes = new byte[Math.toIntExact(length)];
      MemorySegment.ofArray(bytes)
          .copyFrom(MemorySegment.ofAddress(text.address()).reinterpret(length));
      feed.made(bytes);
    } catch (Throwable e) {
      failure.record(e);
    }
  }

  private Pointer upload(String name, Tensor tensor) {
    long bytes = tensor.bytes().byteSize();
    Buffer target = device.computeIfAbsent(name, _ -> new Buffer(Buffer.Place.DEVICE));
    target.ensure(bytes);
    staging.ensure(bytes);
    MemorySegment.copy(tensor.bytes(), 0, staging.segment(bytes), 0, bytes);
    Failures.requireCuda(
        cudart.cudaMemcpy(
            target.pointer(), staging.pointer(), bytes, cudart.cudaMemcpyHostToDevice),
        "copying the calibration batch of input '" + name + "' to the device");
    return target.pointer();
  }
}
