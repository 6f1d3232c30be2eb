#!/bin/bash
# The four denoisers on a machine with a GPU, in two goes of which the second goes on from the first (or in the second alone).
#   bash training/on-gpu.sh first SECONDS      packs data with all cores, compiles, trains the CT denoisers
#   bash training/on-gpu.sh second SECONDS     trains all four, and writes their weights and logs to $OUT
# PACKED (.training/dev): node.xz (the program), images.mjs (scripts/training-images.mjs in one file), ct.tar.xz (the packed slices and
# tuning phantoms), *.webps and tuning-photographs.npy.xz (the real photographs).
set -u
go=$1 seconds=$2
export PYTHONUNBUFFERED=1 OMP_NUM_THREADS=2
W=${WORK:-/tmp/training} P=.training/dev
mkdir -p $W

if [ ! -e $W/abdomen.npy ]; then
  xz -dc $P/node.xz > /tmp/node && chmod +x /tmp/node && cp $P/images.mjs /tmp/
  for worker in 0 1 2 3 4 5 6 7 8 9 10 11; do
    setsid nice -n 5 bash -c "cd $W
      for k in \$(seq $worker 12 119); do n=\$(printf %05d \$k); /tmp/node /tmp/images.mjs phantoms phantoms-\$n.npy --count 200 --seed \$((20270000 + k)); done
      for k in \$(seq $worker 12 59); do n=\$(printf %05d \$k); /tmp/node /tmp/images.mjs photographs photographs-\$n.npy --count 150 --seed \$((20280000 + k)); done
      " > $W/worker-$worker.log 2>&1 < /dev/null &
  done
  tar xJf $P/ct.tar.xz -C $W
fi
if [ -e $P/real-photographs.webps ] && [ ! -e $W/real-photographs.npy ]; then
  xz -dc $P/tuning-photographs.npy.xz > $W/tuning-photographs.npy
  python3 - $P $W <<'PYTHON'
import io, sys
import numpy as np
from PIL import Image
for name in ('real-photographs-aside', 'real-photographs'):
    data = open(f'{sys.argv[1]}/{name}.webps', 'rb').read()
    count = int(np.frombuffer(data, '<u4', 1)[0])
    ends = 4 * (count + 1) + np.cumsum(np.frombuffer(data, '<u4', count, 4)).astype(int)
    starts = np.concatenate([[4 * (count + 1)], ends[:-1]])
    tiles = [np.asarray(Image.open(io.BytesIO(data[a:b])).convert('RGB')) for a, b in zip(starts, ends)]
    np.save(f'{sys.argv[2]}/{name}.npy', np.stack(tiles).transpose(0, 3, 1, 2).astype(np.uint16) * 257)
PYTHON
fi
until ls $W/phantoms-*.npy > /dev/null 2>&1; do sleep 0.5; done
nvidia-smi --query-gpu=name,memory.used --format=csv,noheader

train() { # SCRIPT CONFIG SECONDS FALLING EVERY [OPTIONS]
  local script=$1 config=$2 seconds=$3 falling=$4 every=$5
  shift 5
  python3 training/train_$script.py training/$config.json --work $W --device cuda --seconds $seconds --falling $falling --every $every --name $config "$@" > $W/$config.log 2>&1 &
}
if [ $go = first ]; then
  train denoiser ct-pixel-gpu $seconds 0 1000 --from priors/ct-pixel
  train latent ct-latent-gpu $seconds 0 1000
  wait
else
  train denoiser ct-pixel-gpu $seconds $((seconds * 2 / 5)) 2000 --from priors/ct-pixel
  train denoiser photo-pixel-gpu $seconds $((seconds * 2 / 5)) 2000
  train latent ct-latent-gpu $seconds $((seconds * 2 / 5)) 2000
  train latent photo-latent-gpu $((seconds / 2)) $((seconds / 4)) 2000
  wait
  for name in ct-pixel photo-pixel; do
    python3 training/export_denoiser.py training/$name-gpu.json $W/$name-gpu.pt $W/out-$name && cp $W/out-$name/model.safetensors $OUT/$name.safetensors
  done
  for name in ct photo; do
    python3 training/export_latent.py training/$name-latent-gpu.json $W/$name-latent-gpu.pt $W/out-$name && cp $W/out-$name/model.safetensors $OUT/$name.safetensors
  done
fi
tar czf $OUT/logs.tgz -C $W $(cd $W && ls | grep -E '\.(log|jsonl)$')
ls $W | grep -cE '^ph.*npy$'
tail -qn 2 $W/*.log | cut -c 1-600
