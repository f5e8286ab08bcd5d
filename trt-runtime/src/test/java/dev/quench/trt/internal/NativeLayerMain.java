// SPDX-License-Identifier: Apache-2.0
package dev.quench.trt.internal;

import dev.quench.onnx.OnnxReader;
import dev.quench.run.SessionOptions;
import dev.quench.trt.TensorRtException;
import dev.quench.trt.backend.TensorRtBackend;
import dev.quench.trt.execute.Engine;
import dev.quench.trt.inspect.TensorRtProbe;
import dev.quench.trt.internal.build.NativeScope;
import dev.quench.trt.internal.build.TensorRtBindings;
import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.FunctionDescriptor;
import java.lang.foreign.Linker;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.lang.invoke.MethodHandle;
import java.lang.invoke.MethodHandles;
import java.lang.invoke.MethodType;
import java.nio.file.Files;
import java.nio.file.Path;
import org.bytedeco.javacpp.Pointer;
import org.bytedeco.tensorrt.global.nvonnxparser;
import org.bytedeco.tensorrt.nvinfer.INetworkDefinition;
import org.bytedeco.tensorrt.nvonnxparser.IParser;

/// Goes as far into TensorRT as one gets without a GPU and prints what it sees.
final class NativeLayerMain {
  private static final int SLOTS = 256;
  private static final int WARM_UP = 2_000;
  private static final int PARSERS = 20_000;

  private NativeLayerMain() {}

  public static void main(String[] arguments) throws Exception {
    System.out.println("availability: " + TensorRtProbe.availability());
    System.out.println("state: " + TensorRtBindings.state());
    TensorRtProbe.findings().forEach(System.out::println);
    openFails();
    loadFails();
    allocationFails();
    parserWorks();
  }

  private static void allocationFails() {
    for (Buffer.Place place : Buffer.Place.values()) {
      try (Buffer buffer = new Buffer(place)) {
        buffer.ensure(100);
      } catch (TensorRtException e) {
        System.out.println(place + ": " + e.getMessage());
      }
    }
  }

  private static void openFails() throws IOException {
    try {
      new TensorRtBackend()
          .open(OnnxReader.read(Path.of(System.getProperty("model"))), SessionOptions.DEFAULT)
          .close();
    } catch (TensorRtException e) {
      System.out.println("open: " + e.getMessage());
    }
  }

  private static void loadFails() throws IOException {
    Path plan = Files.createTempFile(Path.of("."), "none", ".engine");
    Files.write(plan, new byte[100]);
    try {
      Engine.trustForeignEngine(plan).close();
    } catch (TensorRtException e) {
      System.out.println("load: " + e.getMessage());
    }
  }

  /// A parser needs a network, and a network a builder, which needs a GPU; but bytes that are no
  /// model fail before the parser asks its network for anything of meaning.
  private static void parserWorks() throws ReflectiveOperationException {
    try (Arena arena = Arena.ofConfined()) {
      INetworkDefinition network = new INetworkDefinition(NativeAddress.of(fakeObject(arena)));
      MemorySegment bytes = arena.allocate(100).fill((byte) 0xFF);
      long before = 0;
      for (int i = 0; i < WARM_UP + PARSERS; i++) {
        if (i == WARM_UP) {
          before = Pointer.physicalBytes();
        }
        try (NativeScope scope = new NativeScope()) {
          IParser parser =
              scope.own(
                  nvonnxparser.createParser(network, ProcessLogger.INSTANCE), "createParser", 0);
          if (i == 0) {
            long mark = ProcessLogger.LOG.mark();
            System.out.println("parse: " + parser.parse(NativeAddress.of(bytes), bytes.byteSize()));
            System.out.println("parser: " + parser.getError(0).code().intern());
            System.out.println("log: " + ProcessLogger.LOG.since(mark));
          }
        }
      }
      System.out.println("leaked MiB: " + ((Pointer.physicalBytes() - before) >> 20));
    }
  }

  /// An object whose every virtual function returns 0.
  private static MemorySegment fakeObject(Arena arena) throws ReflectiveOperationException {
    MethodHandle zero =
        MethodHandles.lookup()
            .findStatic(NativeLayerMain.class, "zero", MethodType.methodType(long.class));
    MemorySegment stub =
        Linker.nativeLinker().upcallStub(zero, FunctionDescriptor.of(ValueLayout.JAVA_LONG), arena);
    MemorySegment table = arena.allocate(ValueLayout.ADDRESS, SLOTS);
    for (int i = 0; i < SLOTS; i++) {
      table.setAtIndex(ValueLayout.ADDRESS, i, stub);
    }
    MemorySegment implementation = arena.allocate(64);
    implementation.set(ValueLayout.ADDRESS, 0, table);
    MemorySegment object = arena.allocate(4096);
    object.set(ValueLayout.ADDRESS, 0, table);
    object.set(ValueLayout.ADDRESS, ValueLayout.ADDRESS.byteSize(), implementation);
    return object;
  }

  private static long zero() {
    return 0;
  }
}
