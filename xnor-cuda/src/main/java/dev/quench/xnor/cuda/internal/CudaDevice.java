// SPDX-License-Identifier: Apache-2.0
package dev.quench.xnor.cuda.internal;

import dev.quench.xnor.cuda.BinaryKernel;
import dev.quench.xnor.cuda.GpuDescription;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.bytedeco.cuda.cudart.CUctx_st;
import org.bytedeco.cuda.cudart.CUfunc_st;
import org.bytedeco.cuda.cudart.CUmod_st;
import org.bytedeco.cuda.cudart.CUstream_st;
import org.bytedeco.cuda.global.cudart;
import org.bytedeco.javacpp.BytePointer;
import org.bytedeco.javacpp.FloatPointer;
import org.bytedeco.javacpp.IntPointer;
import org.bytedeco.javacpp.LongPointer;
import org.bytedeco.javacpp.Pointer;
import org.bytedeco.javacpp.PointerPointer;
import org.bytedeco.javacpp.SizeTPointer;

/// The first GPU, through the driver API: its primary context, one stream and one module with all
/// kernels.
///
/// Closing frees all buffers that are still open.
public final class CudaDevice implements Device {
  // Values of CUdevice_attribute in cuda.h
  private static final int MULTIPROCESSOR_COUNT = 16;
  private static final int COMPUTE_CAPABILITY_MAJOR = 75;
  private static final int COMPUTE_CAPABILITY_MINOR = 76;
  private static final int NAME_BYTES = 256;
  private static final int STREAM_NON_BLOCKING = 1;

  private static final int TENSOR_CORES_FROM = 8;
  private static final int AND_FROM = 9;

  private final int device;
  private final GpuDescription description;
  private final Scope scope = new Scope();
  private final Set<AutoCloseable> children = new LinkedHashSet<>();
  private final Map<String, CUfunc_st> functions = new HashMap<>();
  private final CUctx_st context = new CUctx_st();
  private final CUstream_st stream = new CUstream_st();
  private final CUmod_st module = new CUmod_st();
  private boolean closed;

  private CudaDevice(int device, GpuDescription description) {
    this.device = device;
    this.description = description;
  }

  /// Opens the GPU. Call it only if [CudaProbe] has found one.
  ///
  /// @throws dev.quench.xnor.cuda.CudaException if the driver or the compiler fails
  public static CudaDevice open() {
    return open("");
  }

  /// Opens the GPU with additional kernels, see [#open()].
  ///
  /// @param more CUDA C++ source, which may use the definitions of [KernelSource]
  static CudaDevice open(String more) {
    int[] number = new int[1];
    Failures.require(cudart.cuDeviceGet(number, 0), "cuDeviceGet");
    CudaDevice device = new CudaDevice(number[0], describe(number[0]));
    try {
      device.initialize(more);
    } catch (RuntimeException e) {
      device.close();
      throw e;
    }
    return device;
  }

  private static GpuDescription describe(int device) {
    byte[] name = new byte[NAME_BYTES];
    Failures.require(cudart.cuDeviceGetName(name, NAME_BYTES, device), "cuDeviceGetName");
    int[] version = new int[1];
    Failures.require(cudart.cuDriverGetVersion(version), "cuDriverGetVersion");
    try (BytePointer text = new BytePointer(name);
        SizeTPointer memory = new SizeTPointer(1)) {
      Failures.require(cudart.cuDeviceTotalMem(memory, device), "cuDeviceTotalMem");
      return new GpuDescription(
          text.getString(),
          attribute(COMPUTE_CAPABILITY_MAJOR, device),
          attribute(COMPUTE_CAPABILITY_MINOR, device),
          attribute(MULTIPROCESSOR_COUNT, device),
          memory.get(),
          "%d.%d".formatted(version[0] / 1000, version[0] % 1000 / 10),
          KernelCompiler.version());
    }
  }

  private static int attribute(int attribute, int device) {
    int[] value = new int[1];
    Failures.require(cudart.cuDeviceGetAttribute(value, attribute, device), "cuDeviceGetAttribute");
    return value[0];
  }

  private void initialize(String more) {
    Failures.require(cudart.cuDevicePrimaryCtxRetain(context, device), "cuDevicePrimaryCtxRetain");
    scope.own(() -> cudart.cuDevicePrimaryCtxRelease(device));
    bind();
    Failures.require(cudart.cuStreamCreate(stream, STREAM_NON_BLOCKING), "cuStreamCreate");
    scope.own(() -> cudart.cuStreamDestroy(stream));
    byte[] code =
        KernelCompiler.compileFor(
            KernelSource.text(supports(BinaryKernel.TENSOR_CORES)) + more,
            description.computeMajor(),
            description.computeMinor());
    try (BytePointer image = new BytePointer(code)) {
      Failures.require(cudart.cuModuleLoadData(module, image), "cuModuleLoadData");
    }
    scope.own(() -> cudart.cuModuleUnload(module));
  }

  public GpuDescription description() {
    return description;
  }

  /// The stream, for libraries that enqueue work on it.
  CUstream_st stream() {
    return stream;
  }

  /// Makes the context current in the calling thread, so that several threads can use one GPU in
  /// turn.
  private void bind() {
    if (closed) {
      throw new IllegalStateException("the GPU is closed");
    }
    Failures.require(cudart.cuCtxSetCurrent(context), "cuCtxSetCurrent");
  }

  @Override
  public DeviceBuffer allocate(long bytes) {
    bind();
    long[] address = new long[1];
    // Rounds up to whole words, the unit that clear fills.
    long size = Math.ceilDiv(bytes, Integer.BYTES) * Integer.BYTES;
    Failures.require(
        cudart.cuMemAlloc(address, size), "allocation of %d bytes on the GPU".formatted(size));
    Buffer buffer = new Buffer(address[0], size);
    children.add(buffer);
    clear(buffer);
    return buffer;
  }

  @Override
  public void write(DeviceBuffer buffer, int[] values) {
    try (IntPointer source = new IntPointer(values)) {
      write(buffer, source, (long) Integer.BYTES * values.length);
    }
  }

  @Override
  public void write(DeviceBuffer buffer, float[] values) {
    try (FloatPointer source = new FloatPointer(values)) {
      write(buffer, source, (long) Float.BYTES * values.length);
    }
  }

  @Override
  public void write(DeviceBuffer buffer, byte[] values) {
    try (BytePointer source = new BytePointer(values)) {
      write(buffer, source, values.length);
    }
  }

  private void write(DeviceBuffer buffer, Pointer source, long bytes) {
    requireRoom(buffer, bytes);
    bind();
    Failures.require(
        cudart.cuMemcpyHtoDAsync(buffer.address(), source, bytes, stream), "copy to the GPU");
    synchronize();
  }

  @Override
  public void read(DeviceBuffer buffer, int[] values) {
    long bytes = (long) Integer.BYTES * values.length;
    requireRoom(buffer, bytes);
    bind();
    try (IntPointer target = new IntPointer(values.length)) {
      Failures.require(
          cudart.cuMemcpyDtoHAsync(target, buffer.address(), bytes, stream), "copy from the GPU");
      synchronize();
      target.get(values);
    }
  }

  private static void requireRoom(DeviceBuffer buffer, long bytes) {
    if (bytes > buffer.bytes()) {
      throw new IllegalArgumentException(
          "%d bytes exceed a buffer of %d bytes".formatted(bytes, buffer.bytes()));
    }
  }

  @Override
  public void clear(DeviceBuffer buffer) {
    bind();
    Failures.require(
        cudart.cuMemsetD32Async(buffer.address(), 0, buffer.bytes() / Integer.BYTES, stream),
        "clearing GPU memory");
  }

  /// Waits for all enqueued work; kernel errors surface here.
  void synchronize() {
    Failures.require(cudart.cuStreamSynchronize(stream), "execution on the GPU");
  }

  @Override
  public Launch prepare(String kernel, int blocksX, int blocksY, int threads, long[] arguments) {
    bind();
    CUfunc_st function = functions.computeIfAbsent(kernel, this::function);
    PreparedLaunch launch =
        new PreparedLaunch(function, kernel, blocksX, blocksY, threads, arguments);
    children.add(launch);
    return launch;
  }

  private CUfunc_st function(String kernel) {
    CUfunc_st function = new CUfunc_st();
    Failures.require(
        cudart.cuModuleGetFunction(function, module, kernel), "lookup of kernel " + kernel);
    return function;
  }

  @Override
  public boolean supports(BinaryKernel kernel) {
    return switch (kernel) {
      case POPCOUNT -> true;
      case TENSOR_CORES -> description.computeMajor() >= TENSOR_CORES_FROM;
    };
  }

  @Override
  public boolean prefersAnd() {
    return description.computeMajor() >= AND_FROM;
  }

  @Override
  public void close() {
    if (closed) {
      return;
    }
    if (!context.isNull()) {
      cudart.cuCtxSetCurrent(context);
    }
    if (!stream.isNull()) {
      cudart.cuStreamSynchronize(stream);
    }
    List<AutoCloseable> open = new ArrayList<>(children);
    try (Scope leftovers = new Scope()) {
      open.forEach(leftovers::own);
    }
    closed = true;
    scope.close();
  }

  private final class Buffer implements DeviceBuffer {
    private final long address;
    private final long bytes;
    private boolean freed;

    Buffer(long address, long bytes) {
      this.address = address;
      this.bytes = bytes;
    }

    @Override
    public long address() {
      if (freed) {
        throw new IllegalStateException("GPU memory was used after it was freed");
      }
      return address;
    }

    @Override
    public long bytes() {
      return bytes;
    }

    @Override
    public void close() {
      if (!freed) {
        bind();
        freed = true;
        children.remove(this);
        Failures.require(cudart.cuMemFree(address), "cuMemFree");
      }
    }
  }

  private final class PreparedLaunch implements Launch {
    private final CUfunc_st function;
    private final String kernel;
    private final int blocksX;
    private final int blocksY;
    private final int threads;
    private final LongPointer slots;
    private final PointerPointer<LongPointer> arguments;

    PreparedLaunch(
        CUfunc_st function,
        String kernel,
        int blocksX,
        int blocksY,
        int threads,
        long[] arguments) {
      this.function = function;
      this.kernel = kernel;
      this.blocksX = blocksX;
      this.blocksY = blocksY;
      this.threads = threads;
      this.slots = new LongPointer(arguments);
      this.arguments = new PointerPointer<>(arguments.length);
      for (int i = 0; i < arguments.length; i++) {
        this.arguments.put(i, slots.getPointer(i));
      }
    }

    @Override
    public void run() {
      if (slots.isNull()) {
        throw new IllegalStateException("kernel " + kernel + " was used after it was closed");
      }
      bind();
      int code =
          cudart.cuLaunchKernel(
              function,
              blocksX,
              blocksY,
              1,
              threads,
              1,
              1,
              0,
              stream,
              arguments,
              (PointerPointer<?>) null);
      if (code != cudart.CUDA_SUCCESS) {
        Failures.require(code, "launch of kernel " + kernel);
      }
    }

    @Override
    public void close() {
      children.remove(this);
      arguments.close();
      slots.close();
    }
  }
}
