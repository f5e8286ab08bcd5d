#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Prints as JSON what decides how to go on on a machine with a GPU: driver, device, and which PTX the driver compiles.

The builder resource in TensorRT's redist jar holds PTX of version 9.1 (CUDA 13.1). A driver for CUDA 13.0 knows 9.0: where
it refuses 9.1 with error 222 (CUDA_ERROR_UNSUPPORTED_PTX_VERSION), builds have only that resource's few native kernels.

    probe.py [LIBCUDA]
"""
import ctypes
import glob
import json
import os
import subprocess
import sys
import time

# An empty kernel.
PTX = '.version %s\n.target %s\n.address_size 64\n.visible .entry k()\n{\nret;\n}\n'
TRIED = (('9.1', 'sm_80'), ('9.1', 'sm_90'), ('9.0', 'sm_80'), ('8.0', 'sm_80'))
COMPAT = ('/usr/local/cuda*/compat', '/usr/lib/*/nvidia/compat', '/usr/local/nvidia/compat', '/opt/*/cuda*/compat')


def first_line(path):
    try:
        with open(path) as file:
            return file.readline().strip()
    except OSError:
        return None


def load():
    tried = sys.argv[1:] or ['libcuda.so.1', '/usr/local/nvidia/lib64/libcuda.so.1']
    problem = None
    for name in tried:
        try:
            return ctypes.CDLL(name), name
        except OSError as e:
            problem = problem or str(e)
    raise RuntimeError(problem)


def driver_version():
    try:
        nvml = ctypes.CDLL('libnvidia-ml.so.1')
        text = ctypes.create_string_buffer(96)
        if nvml.nvmlInit_v2() == 0 and nvml.nvmlSystemGetDriverVersion(text, 96) == 0:
            return text.value.decode()
    except OSError:
        pass
    return first_line('/proc/driver/nvidia/version')


def probe(report):
    cuda, report['libcuda'] = load()
    with open('/proc/self/maps') as maps:
        report['libcudaFile'] = next((line.split()[-1] for line in maps if 'libcuda.so' in line), None)

    def error(code):
        name = ctypes.c_char_p()
        cuda.cuGetErrorName(code, ctypes.byref(name))
        return '%d %s' % (code, (name.value or b'?').decode())

    def require(code, what):
        if code != 0:
            raise RuntimeError('%s: %s' % (what, error(code)))

    number = ctypes.c_int()
    require(cuda.cuInit(0), 'cuInit')
    require(cuda.cuDriverGetVersion(ctypes.byref(number)), 'cuDriverGetVersion')
    report['cudaOfDriver'] = '%d.%d' % (number.value // 1000, number.value % 1000 // 10)
    require(cuda.cuDeviceGetCount(ctypes.byref(number)), 'cuDeviceGetCount')
    report['devices'] = number.value
    device = ctypes.c_int()
    require(cuda.cuDeviceGet(ctypes.byref(device), 0), 'cuDeviceGet')
    text = ctypes.create_string_buffer(256)
    require(cuda.cuDeviceGetName(text, 256, device), 'cuDeviceGetName')
    report['device'] = text.value.decode()
    capability = []
    for attribute in (75, 76):
        require(cuda.cuDeviceGetAttribute(ctypes.byref(number), attribute, device), 'cuDeviceGetAttribute')
        capability.append(str(number.value))
    report['computeCapability'] = '.'.join(capability)
    memory = ctypes.c_size_t()
    require(cuda.cuDeviceTotalMem_v2(ctypes.byref(memory), device), 'cuDeviceTotalMem')
    report['memoryMiB'] = memory.value >> 20
    context = ctypes.c_void_p()
    require(cuda.cuDevicePrimaryCtxRetain(ctypes.byref(context), device), 'cuDevicePrimaryCtxRetain')
    require(cuda.cuCtxSetCurrent(context), 'cuCtxSetCurrent')
    report['ptx'] = {}
    for version, target in TRIED:
        module = ctypes.c_void_p()
        start = time.monotonic()
        code = cuda.cuModuleLoadData(ctypes.byref(module), (PTX % (version, target)).encode())
        report['ptx'][version + ' ' + target] = {
            'result': 'loads' if code == 0 else error(code), 'seconds': round(time.monotonic() - start, 4)}
        if code == 0:
            cuda.cuModuleUnload(module)
    answer = report['ptx']['9.1 sm_80']['result']
    if answer == 'loads':
        report['builderResource'] = 'its PTX can be compiled by this driver'
    elif answer.startswith('222 '):
        report['builderResource'] = 'this driver refuses its PTX; its native sm_90 kernels (INT8, FP16) remain'
    else:
        report['builderResource'] = 'unclear: ' + answer
    cuda.cuDevicePrimaryCtxRelease_v2(device)


def with_compat(folder):
    """The same in another process, with a libcuda for forward compatibility."""
    environment = dict(os.environ, LD_LIBRARY_PATH=folder + ':' + os.environ.get('LD_LIBRARY_PATH', ''))
    done = subprocess.run([sys.executable, os.path.abspath(__file__), os.path.join(folder, 'libcuda.so.1')],
                          env=environment, capture_output=True, text=True, timeout=60, check=True)
    return json.loads(done.stdout)


def main():
    report = {}
    try:
        probe(report)
    except Exception as e:  # whatever fails, the rest is of use
        report['error'] = '%s: %s' % (type(e).__name__, e)
    if not sys.argv[1:]:
        report['driver'] = driver_version()
        own = os.environ.get('CUDA_COMPAT')
        report['compat'] = {}
        for folder in sorted({os.path.realpath(f) for c in COMPAT + ((own,) if own else ()) for f in glob.glob(c)}):
            if os.path.exists(os.path.join(folder, 'libcuda.so.1')):
                try:
                    report['compat'][folder] = with_compat(folder)
                except Exception as e:
                    report['compat'][folder] = '%s: %s' % (type(e).__name__, e)
    print(json.dumps(report, indent=1))


if __name__ == '__main__':
    main()
