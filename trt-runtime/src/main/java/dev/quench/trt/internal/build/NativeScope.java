// SPDX-License-Identifier: Apache-2.0
package dev.quench.trt.internal.build;

import dev.quench.trt.internal.Failures;
import dev.quench.trt.internal.NativeCounters;
import dev.quench.trt.internal.VirtualDestructor;
import java.util.ArrayDeque;
import java.util.Deque;
import org.bytedeco.javacpp.Pointer;
import org.bytedeco.tensorrt.nvinfer.INoCopy;
import org.bytedeco.tensorrt.nvonnxparser.IParser;
import org.bytedeco.tensorrt.nvonnxparser.IParserRefitter;

/// Owns native objects and destroys them in the reverse order of their creation. Closing twice is
/// harmless. For one thread at a time.
public final class NativeScope implements AutoCloseable {
  private final Deque<Runnable> releases = new ArrayDeque<>();

  /// Takes ownership of an object of TensorRT that was just created.
  ///
  /// @param what the call, for the message
  /// @param mark of [ProcessLogger.LOG][dev.quench.trt.internal.ProcessLogger#LOG] before the call
  /// @throws dev.quench.trt.TensorRtException if TensorRT returned none
  public <T extends INoCopy> T own(T object, String what, long mark) {
    Failures.requireCreated(object, what, mark);
    NativeCounters.created(NativeCounters.Kind.TENSORRT_OBJECT);
    releases.push(() -> destroy(object, VirtualDestructor.NO_COPY_SLOT));
    return object;
  }

  /// Like [#own(INoCopy, String, long)], for the builder and the runtime, whose pointer may be
  /// invalid even if not null.
  public <T extends INoCopy> T ownRoot(T object, String what, long mark) {
    Failures.requireObject(object, what, mark);
    return own(object, what, mark);
  }

  /// Like [#own(INoCopy, String, long)], for the parser.
  public IParser own(IParser parser, String what, long mark) {
    Failures.requireCreated(parser, what, mark);
    NativeCounters.created(NativeCounters.Kind.TENSORRT_OBJECT);
    releases.push(() -> destroy(parser, TensorRtRelease.PARSER_DESTRUCTOR_SLOT));
    return parser;
  }

  /// Like [#own(INoCopy, String, long)], for the refitting parser.
  public IParserRefitter own(IParserRefitter refitter, String what, long mark) {
    Failures.requireCreated(refitter, what, mark);
    NativeCounters.created(NativeCounters.Kind.TENSORRT_OBJECT);
    releases.push(() -> destroy(refitter, VirtualDestructor.PARSER_REFITTER_SLOT));
    return refitter;
  }

  /// Runs `release` when the scope closes, before earlier entries.
  public void onClose(Runnable release) {
    releases.push(release);
  }

  /// Takes ownership of everything in `builder`, once construction is complete.
  public void takeOver(NativeScope builder) {
    releases.addAll(builder.releases);
    builder.releases.clear();
  }

  /// Destroys everything, even after a failure, and then throws the first failure.
  @Override
  public void close() {
    Throwable first = null;
    while (!releases.isEmpty()) {
      try {
        releases.pop().run();
      } catch (RuntimeException | Error e) {
        if (first == null) {
          first = e;
        } else {
          first.addSuppressed(e);
        }
      }
    }
    switch (first) {
      case RuntimeException e -> throw e;
      case Error e -> throw e;
      case null, default -> {}
    }
  }

  private static void destroy(Pointer object, int slot) {
    if (!object.isNull()) {
      long address = object.address();
      object.setNull();
      VirtualDestructor.call(address, slot);
      NativeCounters.freed(NativeCounters.Kind.TENSORRT_OBJECT);
    }
  }
}
