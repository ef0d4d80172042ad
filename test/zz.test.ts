import { parseDockerfile } from '/work/main/src/documents/dockerfile.js'
import { it } from 'vitest'
it('x',()=>{
 const million=1e6
 const go=(name:string,text:string)=>{const t=performance.now()
  const d=parseDockerfile({path:'Dockerfile',encoding:'utf8',mode:0o644,text}); const a=performance.now()-t
  d.oddities.length; const b=performance.now()-t
  for (const instruction of d.instructions.slice(0, 50)) d.expand('$A$B${C:-d}', instruction)
  const c=performance.now()-t
  if (c>300) console.log(name,d.problems.join('|').slice(0,80),Math.round(a),Math.round(b),Math.round(c))}
 for (const text of ['b'.repeat(million), 'b '.repeat(million / 2), '"'.repeat(million), '\\'.repeat(million)]) go('RUN '+text.slice(0,3),`FROM a\nRUN ${text}\n`)
 for (const text of ['ENV A="', 'ENV A=', 'LABEL ', 'COPY --a=', 'CMD ["', 'FROM ','RUN ','RUN --x=','HEALTHCHECK ','RUN <<'])
      for (const filler of ['b ', '\\', '"', "'", '$', '${', ' ', '\t', '=','<<a ','{{','\\"','x=1 ','--a ','[','`','(','#','\u2028','\\\n','\\\n#\n'])
        go(text+'|'+filler,`FROM a\n${text}${filler.repeat(million / filler.length)}\n`)
    for (const [open, close] of [['(', ')'], ['{ ', '; }'], ['$(', ')'], ['`', '`'], ['if a; then ', '; fi'], ['"$(', ')"']])
      go('nest'+open,`FROM a\nRUN ${open!.repeat(20_000)}b${close!.repeat(20_000)}\n`)
},500000)
