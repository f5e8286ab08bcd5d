// SPDX-License-Identifier: Apache-2.0
package dev.quench.xnor.cuda.internal;

import static java.lang.foreign.ValueLayout.ADDRESS;
import static java.lang.foreign.ValueLayout.JAVA_BYTE;
import static java.lang.foreign.ValueLayout.JAVA_FLOAT;
import static java.lang.foreign.ValueLayout.JAVA_INT;
import static java.lang.foreign.ValueLayout.JAVA_LONG;

import dev.quench.xnor.cuda.BinaryKernel;
import java.io.IOException;
import java.io.InputStream;
import java.lang.foreign.Arena;
import java.lang.foreign.FunctionDescriptor;
import java.lang.foreign.Linker;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.SymbolLookup;
import java.lang.invoke.MethodHandle;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.IdentityHashMap;
import java.util.Map;

/// Runs the text of the kernels on the CPU, after `c++` has compiled it with the stand-ins of
/// `emulation.h`.
final class EmulatedDevice implements Device {
  private final Arena arena = Arena.ofShared();
  private final Map<DeviceBuffer, MemorySegment> memory = new IdentityHashMap<>();
  private final MethodHandle launchKernel;
  private final boolean and;

  private EmulatedDevice(Path library, boolean and) {
    this.and = and;
    this.launchKernel =
        Linker.nativeLinker()
            .downcallHandle(
                SymbolLookup.libraryLookup(library, arena).findOrThrow("launchKernel"),
                FunctionDescriptor.of(
                    JAVA_INT, ADDRESS, JAVA_INT, JAVA_INT, JAVA_INT, ADDRESS, JAVA_INT));
  }

  /// @return the library that [#load] takes
  static Path compile(Path folder) throws IOException, InterruptedException {
    Files.writeString(
        folder.resolve("kernels.cu"),
        KernelSource.withoutInstructions() + InstructionLimit.source());
    for (String name : new String[] {"emulation.h", "emulation.cpp"}) {
      try (InputStream stream =
          EmulatedDevice.class.getResourceAsStream("/dev/quench/xnor/cuda/" + name)) {
        Files.write(folder.resolve(name), stream.readAllBytes());
      }
    }
    Path library = folder.resolve("libemulation.so");
    Path output = folder.resolve("compiler.txt");
    int code =
        new ProcessBuilder(
                "c++",
                "-std=c++17",
                "-O1",
                "-shared",
                "-fPIC",
                "-o",
                library.toString(),
                "emulation.cpp")
            .directory(folder.toFile())
            .redirectErrorStream(true)
            .redirectOutput(output.toFile())
            .start()
            .waitFor();
    if (code != 0) {
      throw new AssertionError("c++ refuses the kernels:\n" + Files.readString(output));
    }
    return library;
  }

  /// @param and whether it stands for a GPU whose tensor cores do AND
  static EmulatedDevice load(Path library, boolean and) {
    return new EmulatedDevice(library, and);
  }

  private record Memory(long address, long bytes) implements DeviceBuffer {
    @Override
    public void close() {}
  }

  @Override
  public DeviceBuffer allocate(long bytes) {
    MemorySegment segment = arena.allocate(Math.max(bytes, 1), 256);
    Memory buffer = new Memory(segment.address(), bytes);
    memory.put(buffer, segment);
    return buffer;
  }

  /// Where a buffer lies.
  MemorySegment of(DeviceBuffer buffer) {
    return memory.get(buffer);
  }

  @Override
  public void write(DeviceBuffer buffer, int[] values) {
    MemorySegment.copy(values, 0, of(buffer), JAVA_INT, 0, values.length);
  }

  @Override
  public void write(DeviceBuffer buffer, float[] values) {
    MemorySegment.copy(values, 0, of(buffer), JAVA_FLOAT, 0, values.length);
  }

  @Override
  public void write(DeviceBuffer buffer, byte[] values) {
    MemorySegment.copy(values, 0, of(buffer), JAVA_BYTE, 0, values.length);
  }

  @Override
  public void read(DeviceBuffer buffer, int[] values) {
    MemorySegment.copy(of(buffer), JAVA_INT, 0, values, 0, values.length);
  }

  @Override
  public void clear(DeviceBuffer buffer) {
    of(buffer).fill((byte) 0);
  }

  @Override
  public Launch prepare(String kernel, int blocksX, int blocksY, int threads, long[] arguments) {
    MemorySegment name = arena.allocateFrom(kernel);
    MemorySegment slots = arena.allocateFrom(JAVA_LONG, arguments);
    MemorySegment pointers = arena.allocate(ADDRESS, arguments.length);
    for (int i = 0; i < arguments.length; i++) {
      pointers.setAtIndex(ADDRESS, i, slots.asSlice((long) Long.BYTES * i));
    }
    return new Launch() {
      @Override
      public void run() {
        int done;
        try {
          done =
              (int)
                  launchKernel.invokeExact(
                      name, blocksX, blocksY, threads, pointers, arguments.length);
        } catch (Throwable e) {
          throw new AssertionError(e);
        }
        if (done == 0) {
          throw new AssertionError(
              "there is no kernel %s with %d arguments".formatted(kernel, arguments.length));
        }
      }

      @Override
      public void close() {}
    };
  }

  @Override
  public boolean supports(BinaryKernel kernel) {
    return true;
  }

  @Override
  public boolean prefersAnd() {
    return and;
  }

  @Override
  public void close() {
    arena.close();
  }
}
